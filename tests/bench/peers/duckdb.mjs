import { op, file, columns, require, say, sayStats } from './common.mjs';
const { DuckDBInstance } = require('@duckdb/node-api');

const from = `from read_csv('${file}')`;
const stats = (c, i) => `count(${c}) c${i}_count, avg(${c}) c${i}_mean, stddev_samp(${c}) c${i}_sd,
    min(${c}) c${i}_least, max(${c}) c${i}_most, sum(${c}) c${i}_total`;
const queries = {
    sum: () => `select sum(${columns[0]}) v ${from}`,
    sumsq: () => `select sum(${columns[0]} * ${columns[0]}) v ${from}`,
    count: () => `select count(*) v ${from}`,
    stats: () => `select ${columns.map(stats).join(', ')} ${from}`,
};

const connection = await (await DuckDBInstance.create(':memory:')).connect();
if (process.env.BENCH_THREADS) await connection.run(`set threads = ${process.env.BENCH_THREADS}`);
const [row] = (await connection.runAndReadAll(queries[op]())).getRowObjects();
if (op === 'stats') sayStats(row);
else say(row.v);
