import { op, file, columns, require, say, sayStats, isGrouped, sayRows } from './common.mjs';
const { DuckDBInstance } = require('@duckdb/node-api');

const from = `from read_csv('${file}')`;
const stats = (c, i) => `count(${c}) c${i}_count, avg(${c}) c${i}_mean, stddev_samp(${c}) c${i}_sd,
    min(${c}) c${i}_least, max(${c}) c${i}_most, sum(${c}) c${i}_total`;
const queries = {
    sum: () => `select sum(${columns[0]}) v ${from}`,
    sumsq: () => `select sum(${columns[0]} * ${columns[0]}) v ${from}`,
    count: () => `select count(*) v ${from}`,
    stats: () => `select ${columns.map(stats).join(', ')} ${from}`,
    median: () => `select quantile_cont(${columns[0]}, 0.5) v ${from}`,
    cities: () => `select c, min(t), avg(t), max(t), count(*) from read_csv('${file}', delim = ';',
        header = false, columns = {'c': 'VARCHAR', 't': 'DOUBLE'}) group by c`,
    bycity: () => `select city, sum(price * qty) ${from} group by city`,
};

const connection = await (await DuckDBInstance.create(':memory:')).connect();
if (process.env.BENCH_THREADS) await connection.run(`set threads = ${process.env.BENCH_THREADS}`);
const answer = await connection.runAndReadAll(queries[op]());
const [row] = answer.getRowObjects();
if (op === 'stats') sayStats(row);
else if (isGrouped) sayRows(answer.getRows());
else say(row.v);
