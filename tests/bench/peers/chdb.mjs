import { op, file, columns, require, say, sayStats } from './common.mjs';
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
};

// 64-bit integers come as strings, so that none loses digits in JavaScript; without the second
// setting a column with one 5e-05 in it would be taken for text.
const settings = `settings output_format_json_quote_64bit_integers = 1,
    input_format_try_infer_exponent_floats = 1`
    + (process.env.BENCH_THREADS ? `, max_threads = ${process.env.BENCH_THREADS}` : '');
const row = JSON.parse(query(`${queries[op]()} ${settings}`, 'JSONEachRow'));
if (op === 'stats') sayStats(row);
else say(row.v);
