// What the adapters of the npm engines share: their arguments and how answers are printed.
//
//     ADAPTER.mjs PEER_DIR OP FILE COLUMN...
//
// OP is sum, sumsq, count, stats, median, cities (min, mean, max, count by the first of two columns,
// semicolon between, no header), bycity (sum of price * qty by city), or one of exact_more.py. One line per column: the value, or for stats the column's name,
// count, mean, sample sd, min, max, sum. Numbers are printed with all digits the engine gave.
import { createRequire } from 'node:module';
import path from 'node:path';

const [peerDir, op, file, ...columns] = process.argv.slice(2);
export { op, file, columns };

// Packages are looked for in the folder they were installed into, not beside this file.
export const require = createRequire(path.resolve(peerDir, 'package.json'));

export const say = (...values) => console.log(values.map(String).join(' '));

export const statsNames = ['count', 'mean', 'sd', 'least', 'most', 'total'];

// Rows of groups: the key, a tab, the values.
export const isGrouped = ['cities', 'bycity', 'freq', 'top'].includes(op);
// A table, which the engine itself writes.
export const isWritten = op === 'filter' || op === 'map';
export function sayRows(rows) {
    console.log(rows.map((row) => row.map(String).join('\t')).join('\n'));
}

// One row holding everything as c0_count, c0_mean, ...
export function sayStats(row) {
    columns.forEach((column, i) =>
        say(column, ...statsNames.map((name) => row[`c${i}_${name}`])));
}
