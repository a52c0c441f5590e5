import { op, file, columns, require, say, sayStats, isGrouped, sayRows } from './common.mjs';
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
    distinct: () => [pl.col(columns[0]).nUnique().alias('v')],
    where: () => [pl.col('price').filter(pl.col('qty').gt(50).and(pl.col('city').eq(pl.lit('Oslo')))).sum().alias('v')],
    median: () => [pl.col(columns[0]).median().alias('v')],
};

const grouped = {
    cities: () => pl.scanCSV(file, { sep: ';', hasHeader: false }).groupBy('column_1').agg(
        pl.col('column_2').min().alias('a'), pl.col('column_2').mean().alias('b'),
        pl.col('column_2').max().alias('c'), pl.col('column_2').count().alias('d')),
    freq: () => pl.scanCSV(file).groupBy(columns[0]).agg(pl.col(columns[0]).count().alias('n')),
    top: () => pl.scanCSV(file).groupBy(columns[0]).agg(pl.col(columns[0]).count().alias('n'))
        .sort([pl.col('n'), pl.col(columns[0])], [true, false]).limit(10),
    bycity: () => pl.scanCSV(file).groupBy('city').agg(
        pl.col('price').mul(pl.col('qty')).sum().alias('a')),
};

const frame = isGrouped ? await grouped[op]().collect({ streaming: true })
    : await pl.scanCSV(file).select(...queries[op]()).collect();
const [row] = frame.toRecords();
if (op === 'stats') sayStats(row);
else if (isGrouped) sayRows(frame.rows());
else say(row.v);
