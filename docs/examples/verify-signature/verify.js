// Checks the signature of a notification: node verify.js SECRET HEADER NOW < body
const crypto = require('crypto');

function isGenuine(secret, header, body, now, tolerance = 300) {
  const parts = Object.fromEntries(header.split(',').map((part) => {
    const at = part.indexOf('=');
    return [part.slice(0, at), part.slice(at + 1)];
  }));
  if (!/^\d+$/.test(parts.t || '') || Math.abs(now - Number(parts.t)) > tolerance) return false;
  const expected = crypto.createHmac('sha256', secret)
    .update(`${parts.t}.`).update(body).digest('hex');
  const given = Buffer.from(parts.v1 || '');
  return given.length === expected.length
    && crypto.timingSafeEqual(given, Buffer.from(expected));
}

const [secret, header, now] = process.argv.slice(2);
const body = require('fs').readFileSync(0);
const genuine = isGenuine(secret, header, body, Number(now));
console.log(genuine ? 'genuine' : 'forged');
process.exitCode = genuine ? 0 : 1;
