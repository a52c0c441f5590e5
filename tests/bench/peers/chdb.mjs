import { op, file, columns, require, say, sayStats, isGrouped, sayRows } from './common.mjs';
const { query } = require('chdb');

const from = `from file('${file}', CSVWithNames)`;
const stats = (c, i) => `count(${c}) as c${i}_count, avg(${c}) as c${i}_mean,
    stddevSamp(${c}) as c${i}_sd, min(${c}) as c${i}_least, max(${c}) as c${i}_most,
    sum(${c}) as c${i}_total`;
const queries = {
    sum: () => `select sum(${columns[0]}) as v ${from}`,
    sumsq: () => `select sum(${columns[0]} * ${columns[0]}) as v ${from}`,
    count: () => `select count() as v ${from}`,
    stats: () => `select ${columns.map(stats).join(', ')} ${from}`,
    median: () => `select quantileExactInclusive(0.5)(${columns[0]}) as v ${from}`,
    cities: () => `select c, min(t), avg(t), max(t), count()
        from file('${file}', CSV, 'c String, t Float64') group by c`,
    bycity: () => `select city, sum(price * qty) ${from} group by city`,
};

// 64-bit integers come as strings, so that none loses digits in JavaScript; without the second
// setting a column with one 5e-05 in it would be taken for text.
const settings = `settings output_format_json_quote_64bit_integers = 1,
    input_format_try_infer_exponent_floats = 1`
    + (op === 'cities' ? ", format_csv_delimiter = ';'" : '')
    + (process.env.BENCH_THREADS ? `, max_threads = ${process.env.BENCH_THREADS}` : '');
const text = query(`${queries[op]()} ${settings}`, isGrouped ? 'JSONCompactEachRow' : 'JSONEachRow');
const row = isGrouped ? null : JSON.parse(text);
if (op === 'stats') sayStats(row);
else if (isGrouped) sayRows(text.trim().split('\n').map((line) => JSON.parse(line)));
else say(row.v);
