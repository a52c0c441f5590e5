import { op, file, columns, require, say, sayStats, isGrouped, isWritten, sayRows } from './common.mjs';
const { DuckDBInstance } = require('@duckdb/node-api');

const from = `from read_csv('${file}')`;
const stats = (c, i) => `count(${c}) c${i}_count, avg(${c}) c${i}_mean, stddev_samp(${c}) c${i}_sd,
    min(${c}) c${i}_least, max(${c}) c${i}_most, sum(${c}) c${i}_total`;
const where = "qty > 50 and city = 'Oslo'";
const queries = {
    sum: () => `select sum(${columns[0]}) v ${from}`,
    sumsq: () => `select sum(${columns[0]} * ${columns[0]}) v ${from}`,
    count: () => `select count(*) v ${from}`,
    stats: () => `select ${columns.map(stats).join(', ')} ${from}`,
    median: () => `select quantile_cont(${columns[0]}, 0.5) v ${from}`,
    cities: () => `select c, min(t), avg(t), max(t), count(*) from read_csv('${file}', delim = ';',
        header = false, columns = {'c': 'VARCHAR', 't': 'DOUBLE'}) group by c`,
    bycity: () => `select city, sum(price * qty) ${from} group by city`,
    distinct: () => `select count(distinct ${columns[0]}) v ${from}`,
    freq: () => `select ${columns[0]}, count(*) ${from} group by 1`,
    top: () => `select ${columns[0]}, count(*) n ${from} group by 1 order by n desc, 1 limit 10`,
    corr: () => `select corr(${columns[1]}, ${columns[0]}) v ${from}`,
    line: () => `select regr_slope(${columns[1]}, ${columns[0]}) || ' ' || regr_intercept(${columns[1]}, ${columns[0]})
        || ' ' || regr_r2(${columns[1]}, ${columns[0]}) v ${from}`,
    where: () => `select sum(price) v ${from} where ${where}`,
    filter: () => `copy (select * ${from} where ${where}) to '/dev/stdout' (format csv, header)`,
    map: () => `copy (select id, price * qty ${from}) to '/dev/stdout' (format csv, header)`,
};

const connection = await (await DuckDBInstance.create(':memory:')).connect();
if (process.env.BENCH_THREADS) await connection.run(`set threads = ${process.env.BENCH_THREADS}`);
const answer = await connection.runAndReadAll(queries[op]());
const [row] = answer.getRowObjects();
if (op === 'stats') sayStats(row);
else if (isGrouped) sayRows(answer.getRows());
else if (isWritten) process.exitCode = 0;
else say(row.v);
