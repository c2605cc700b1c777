// Slips through an independent decoder: `node decode.mjs LIST`, one JSON object a line.
//
// Each is decoded as if it had been issued up to two years before its due date: which round of
// factors a slip is of, only its date of issue can tell.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const packages = createRequire(join(process.env.AVAL_TEST_BROWSER, "package.json"));
const { getBoletoInfo, isValidBoleto } = packages("@brazilian-utils/brazilian-utils");

const day = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");

const wrong = [];
let right = 0;
const slips = readFileSync(process.argv[2], "utf8").trim().split("\n");
slips.map(JSON.parse).forEach((slip, number) => {
  const [year, month, date] = slip.due.split("-").map(Number);
  const referenceDate = new Date(year, month - 1, date - (number % 730));
  const read = getBoletoInfo(slip.line, { referenceDate });
  const digits = slip.line.replace(/[. ]/g, "");
  const code = digits.replace(/^(.{4})(.{5}).(.{10}).(.{10}).(.)(.{14})$/, "$1$5$6$2$3$4");
  const agrees =
    isValidBoleto(slip.line) &&
    read?.amount === slip.cents &&
    read.bankCode === slip.bank &&
    day(read.expirationDate) === slip.due &&
    code === slip.code;
  if (agrees) right += 1;
  else if (wrong.length < 10) wrong.push({ slip, read });
});
console.log(JSON.stringify({ right, wrong }));
