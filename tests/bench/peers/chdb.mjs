import { op, file, columns, require, say, sayStats, isGrouped, isWritten, sayRows } from './common.mjs';
const { query } = require('chdb');

const from = `from file('${file}', CSVWithNames)`;
const stats = (c, i) => `count(${c}) as c${i}_count, avg(${c}) as c${i}_mean,
    stddevSamp(${c}) as c${i}_sd, min(${c}) as c${i}_least, max(${c}) as c${i}_most,
    sum(${c}) as c${i}_total`;
const where = "qty > 50 and city = 'Oslo'";
const queries = {
    sum: () => `select sum(${columns[0]}) as v ${from}`,
    sumsq: () => `select sum(${columns[0]} * ${columns[0]}) as v ${from}`,
    count: () => `select count() as v ${from}`,
    stats: () => `select ${columns.map(stats).join(', ')} ${from}`,
    median: () => `select quantileExactInclusive(0.5)(${columns[0]}) as v ${from}`,
    cities: () => `select c, min(t), avg(t), max(t), count()
        from file('${file}', CSV, 'c String, t Float64') group by c`,
    distinct: () => `select uniqExact(${columns[0]}) as v ${from}`,
    freq: () => `select ${columns[0]}, count() ${from} group by 1`,
    top: () => `select ${columns[0]}, count() as n ${from} group by 1 order by n desc, 1 limit 10`,
    corr: () => `select corr(${columns[1]}, ${columns[0]}) as v ${from}`,
    line: () => `select concat(toString(simpleLinearRegression(${columns[0]}, ${columns[1]}).1), ' ',
        toString(simpleLinearRegression(${columns[0]}, ${columns[1]}).2), ' ',
        toString(pow(corr(${columns[0]}, ${columns[1]}), 2))) as v ${from}`,
    where: () => `select sum(price) as v ${from} where ${where}`,
    filter: () => `select * ${from} where ${where}`,
    map: () => `select id, price * qty ${from}`,
    bycity: () => `select city, sum(price * qty) ${from} group by city`,
};

// 64-bit integers come as strings, so that none loses digits in JavaScript; without the second
// setting a column with one 5e-05 in it would be taken for text.
const settings = `settings output_format_json_quote_64bit_integers = 1,
    input_format_try_infer_exponent_floats = 1`
    + (op === 'cities' ? ", format_csv_delimiter = ';'" : '')
    + (process.env.BENCH_THREADS ? `, max_threads = ${process.env.BENCH_THREADS}` : '');
const text = query(`${queries[op]()} ${settings}`, isWritten ? 'CSVWithNames'
    : isGrouped ? 'JSONCompactEachRow' : 'JSONEachRow');
const row = isGrouped || isWritten ? null : JSON.parse(text);
if (op === 'stats') sayStats(row);
else if (isWritten) process.stdout.write(text);
else if (isGrouped) sayRows(text.trim().split('\n').map((line) => JSON.parse(line)));
else say(row.v);
