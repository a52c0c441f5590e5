import { op, file, columns, require, say, sayStats } from './common.mjs';
const pl = require('nodejs-polars');

const stats = (c, i) => [
    pl.col(c).count().alias(`c${i}_count`),
    pl.col(c).mean().alias(`c${i}_mean`),
    pl.col(c).std().alias(`c${i}_sd`),
    pl.col(c).min().alias(`c${i}_least`),
    pl.col(c).max().alias(`c${i}_most`),
    pl.col(c).sum().alias(`c${i}_total`),
];
const queries = {
    sum: () => [pl.col(columns[0]).sum().alias('v')],
    sumsq: () => [pl.col(columns[0]).mul(pl.col(columns[0])).sum().alias('v')],
    count: () => [pl.len().alias('v')],
    stats: () => columns.flatMap(stats),
};

const frame = await pl.scanCSV(file).select(...queries[op]()).collect();
const [row] = frame.toRecords();
if (op === 'stats') sayStats(row);
else say(row.v);
