// A second verifier of keyring documents, for the tests: written from docs/keyring-format.md
// with node's own crypto and numbers, and sharing no code with the first.
//
// usage: node other_keyring_verifier.mjs ROOT
//   checks every vector of ROOT/contract/testdata/keyrings: what a robot says to it that
//   holds version 1 of north-hall with roots 1, 2 and 3, of which two must sign.
import {createHash, createPrivateKey, createPublicKey, verify} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const TYPE = 'application/vnd.torpor.keyring.v0';
const MAX = {document: 2048, signatures: 6, roots: 3, keys: 4, version: 65535};
const folder = join(process.argv[2], 'contract/testdata/keyrings');

class Refused extends Error {}
const must = (held, name) => {
  if (!held) throw new Refused(name);
};

// --- Ed25519 keys -----------------------------------------------------------------------

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');  // RFC 8410, section 4
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKey = (raw) =>
  createPublicKey({key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki'});
const publicOf = (number) => {
  const der = Buffer.concat([PKCS8, Buffer.alloc(32, number)]);
  const key = createPublicKey(createPrivateKey({key: der, format: 'der', type: 'pkcs8'}));
  return key.export({format: 'der', type: 'spki'}).subarray(-32);
};
const idOf = (raw) => createHash('sha512').update(raw).digest('hex').slice(0, 16);

// The curve of RFC 8032, section 5.1, in plain numbers: slow, and only as many lines as it
// takes to ask whether a key is a point of the prime-order group other than its neutral
// element.
const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % P) + P) % P;
const power = (base, exponent) => {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b))
    if (e & 1n) result = mod(result * b);
  return result;
};
const inverse = (a) => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n));
function pointOf(raw) {
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = y * 256n + BigInt(raw[i]);
  const sign = y >> 255n;
  y &= 2n ** 255n - 1n;
  if (y >= P) return null;
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * power(2n, (P - 1n) / 4n));
  if (mod(x * x - square) !== 0n || (x === 0n && sign === 1n)) return null;
  return [(x & 1n) === sign ? x : mod(-x), y];
}
const add = ([x1, y1], [x2, y2]) => {
  const t = mod(D * x1 * x2 * y1 * y2);
  return [mod((x1 * y2 + x2 * y1) * inverse(1n + t)), mod((y1 * y2 + x1 * x2) * inverse(1n - t))];
};
const strong = new Map();  // by key: this is slow
function isStrong(raw) {
  const name = raw.toString('hex');
  if (!strong.has(name)) strong.set(name, isInPrimeOrderGroup(raw));
  return strong.get(name);
}
function isInPrimeOrderGroup(raw) {
  const point = pointOf(raw);
  if (!point || (point[0] === 0n && point[1] === 1n)) return false;
  let sum = [0n, 1n];
  for (let p = point, n = ORDER; n > 0n; n >>= 1n, p = add(p, p)) if (n & 1n) sum = add(sum, p);
  return sum[0] === 0n && sum[1] === 1n;
}

// --- The document -------------------------------------------------------------------------

function walk(bytes, name) {
  let at = 0;
  const take = (length) => {
    must(at + length <= bytes.length, name);
    return bytes.subarray(at, at += length);
  };
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      must(shift < 70n, name);
      const [byte] = take(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  return {take, varint, done: () => at >= bytes.length};
}

function parse(bytes) {
  must(bytes.length > 0, 'bundle-empty');
  must(bytes.length <= MAX.document, 'bundle-too-large');
  const w = walk(bytes, 'bundle-truncated');
  const expect = (byte) => must(w.take(1)[0] === byte, 'envelope-malformed');
  expect(0x0a);
  const payload = w.take(Number(w.varint()));
  expect(0x12);
  const type = w.take(Number(w.varint())).toString('latin1');
  const signatures = [];
  while (!w.done()) {
    must(w.take(1)[0] === 0x1a, 'bundle-trailing');
    for (const tag of [0x54, 0x0a, 0x40]) expect(tag);
    const bytes = w.take(64);
    for (const tag of [0x12, 0x10]) expect(tag);
    const id = w.take(16).toString('latin1');
    must(signatures.length < MAX.signatures, 'bundle-too-large');
    must(signatures.length === 0 || id > signatures.at(-1).id, 'duplicate-signature');
    signatures.push({id, bytes});
  }
  return {payload, type, signatures};
}

function decode(payload) {
  const keyring = {fleet: '', version: 0n, issued: 0n, threshold: 0n, roots: [], keys: []};
  const w = walk(payload, 'payload-malformed');
  let last = 0, canonical = true;
  while (!w.done()) {
    const key = Number(w.varint()), field = key >> 3, type = key & 7;
    canonical &&= field >= last && field <= 6 && (field > last || field >= 5);
    last = field;
    const value = type === 0 ? w.varint() : w.take(Number(w.varint()));
    if (field === 1) keyring.fleet = value.toString('latin1');
    else if (field === 2) keyring.version = value;
    else if (field === 3) keyring.issued = value;
    else if (field === 4) keyring.threshold = value;
    else if (field === 5 || field === 6) {
      const list = field === 5 ? keyring.roots : keyring.keys;
      must(value.length === 32 && list.length < (field === 5 ? MAX.roots : MAX.keys),
        'payload-malformed');
      list.push(value);
    }
  }
  must(canonical, 'not-canonical');
  for (const [list, other] of [[keyring.roots, []], [keyring.keys, keyring.roots]]) {
    list.forEach((raw, i) => {
      must(i === 0 || Buffer.compare(list[i - 1], raw) < 0, 'key-order');
      must(isStrong(raw), 'weak-key');
      must(!other.some((root) => root.equals(raw)), 'key-with-two-roles');
    });
  }
  const {fleet, version, issued, threshold, roots, keys} = keyring;
  must(fleet && version && issued && threshold && roots.length && keys.length, 'field-missing');
  must(/^[a-z0-9-]+$/.test(fleet) && version <= MAX.version && threshold <= roots.length,
    'out-of-range');
  return keyring;
}

function checkRoots({payload, type, signatures}, {roots, threshold}) {
  const signed = Buffer.concat(
    [Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `, 'latin1'), payload]);
  let good = 0;
  for (const {id, bytes} of signatures) {
    const root = roots.find((raw) => idOf(raw) === id);
    if (!root) continue;
    must(verify(null, signed, publicKey(root), bytes), 'bad-signature');
    good += 1;
  }
  must(good >= threshold, 'too-few-signatures');
}

function verdict(bytes, held) {
  try {
    const document = parse(bytes);
    must(document.type === TYPE, 'wrong-payload-type');
    const next = decode(document.payload);
    must(next.fleet === held.fleet, 'not-for-this-robot');
    must(next.version > held.version, 'rolled-back');
    must(next.version === held.version + 1n, 'keyring-skips');
    checkRoots(document, held);
    checkRoots(document, next);
    return 'ok';
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

const held = {fleet: 'north-hall', version: 1n, threshold: 2n, roots: [1, 2, 3].map(publicOf)};
let differ = 0, vectors = 0;
for (const line of readFileSync(join(folder, 'index.tsv'), 'utf8').trimEnd().split('\n')) {
  const [name, , expected] = line.split('\t');
  const found = verdict(readFileSync(join(folder, `${name}.keyring`)), held);
  const same = found === expected;
  if (!same) differ += 1;
  console.log(`${name.padEnd(28)} ${expected.padEnd(20)} ${same ? 'agreed' : `NOT: ${found}`}`);
  vectors += 1;
}
console.log(`${vectors} keyrings: ${differ} disagreements`);
process.exit(differ === 0 && vectors > 0 ? 0 : 1);
