// A second verifier of contracts, for the tests: written from docs/contract-format.md with
// node's own crypto, and sharing no code with the first. It reads the tables of fields,
// parts and limits out of that page, and the reasons' numbers out of docs/reasons.md.
//
// usage: node other_verifier.mjs ROOT PROGRAM COUNT
//   checks every vector of ROOT/contract/testdata/corpus, and COUNT correctly signed
//   mutants that PROGRAM prints, one "hex reason" a line.
import {createHash, createPublicKey, verify} from 'node:crypto';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const KEYRING_VERSION = 1n;  // a list of keys
const TYPE = 'application/vnd.torpor.contract.v0';
const [root, program, count] = process.argv.slice(2);
const page = readFileSync(join(root, 'docs/contract-format.md'), 'utf8');

// --- What the page says ---------------------------------------------------------------

// The rows of the table behind "<!-- name -->", as arrays of cells without backquotes.
function table(name) {
  const lines = page.split(`<!-- ${name} -->\n`)[1].split('\n');
  const rows = lines.slice(2, lines.indexOf(''));
  return rows.map((row) =>
    row.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')));
}

const limits = Object.fromEntries(table('limits'));
const limit = (what) => parseInt(limits[what], 10);
const bounds = (text) => text.split(' to ').map(BigInt);

const TEXTS = new Set(['fleet', 'name', 'gateway']);
const LISTS = new Set(['targets', 'sensors', 'alarm_sinks', 'calibrations']);
const DIGEST_BYTES = 32;
const fields = new Map(table('fields').map(([number, name, , , range]) => {
  const [min, max] = bounds(range);
  return [Number(number), {name, min, max, text: TEXTS.has(name), list: LISTS.has(name)}];
}));
// Numbers of 64 bits are the schema's; all others have 32.
const wide = new Set([...readFileSync(join(root, 'contract/contract.proto'), 'utf8')
  .matchAll(/uint64 (\w+) =/g)].map(([, name]) => name));
const numberOf = (name) => [...fields].find(([, field]) => field.name === name)[0];
const parts = {targets: new Map(), sensors: new Map()};
for (const [entry, number, name, unit, range] of table('parts')) {
  const [min, max] = bounds(range);
  parts[`${entry}s`].set(Number(number), {name, min, max, text: unit === 'characters'});
}

// Numbers of reasons by name.
const REASONS = {};
for (const [, number, name] of readFileSync(join(root, 'docs/reasons.md'), 'utf8')
  .matchAll(/^\| (\d+) \| ([a-z-]+) \|/gm)) REASONS[name] = Number(number);

class Refused extends Error {
  constructor(name) {
    super(name);
    this.number = REASONS[name];
    if (this.number === undefined) throw new TypeError(`no number for ${name}`);
  }
}
const refuse = (name) => {
  throw new Refused(name);
};
const must = (held, name) => held || refuse(name);

// --- Envelope and signature -------------------------------------------------------------

function envelope(bytes) {
  must(bytes.length > 0, 'bundle-empty');
  must(bytes.length <= limit('bundle'), 'bundle-too-large');
  let at = 0;
  const byte = () => (at < bytes.length ? bytes[at++] : refuse('bundle-truncated'));
  const expect = (value) => must(byte() === value, 'envelope-malformed');
  const take = (length) => {
    must(at + length <= bytes.length, 'bundle-truncated');
    return bytes.subarray(at, at += length);
  };
  const length = () => {  // one byte or two
    const low = byte();
    if (low < 0x80) return low;
    const high = byte();
    must(high > 0 && high < 0x80, 'envelope-malformed');
    return (low & 0x7f) + high * 128;
  };
  expect(0x0a);
  const payload = take(length());
  must(payload.length > 0 && payload.length <= limit('payload'), 'envelope-malformed');
  expect(0x12);
  const type = take(length()).toString('latin1');
  must(type.length > 0 && type.length <= 64, 'envelope-malformed');
  for (const tag of [0x1a, 0x54, 0x0a, 0x40]) expect(tag);
  const signature = take(64);
  for (const tag of [0x12, 0x10]) expect(tag);
  const keyId = take(16).toString('latin1');
  must(/^[0-9a-f]{16}$/.test(keyId), 'envelope-malformed');
  if (at < bytes.length)
    refuse(bytes[at] === 0x1a ? 'duplicate-signature' : 'bundle-trailing');
  return {payload, type, signature, keyId};
}

const sha512 = (bytes) => createHash('sha512').update(bytes).digest();
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');  // RFC 8410, section 4

function checkSignature({payload, type, signature, keyId}, trusted) {
  const head = `DSSEv1 ${type.length} ${type} ${payload.length} `;
  const signed = Buffer.concat([Buffer.from(head, 'latin1'), payload]);
  const good = (raw) => verify(
    null, signed,
    createPublicKey({key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki'}), signature);
  const named = trusted.find((raw) => sha512(raw).toString('hex').startsWith(keyId));
  if (named && good(named)) return;
  if (trusted.some(good)) refuse('key-id-mismatch');
  refuse(named ? 'bad-signature' : 'unknown-key');
}

// --- Payload ------------------------------------------------------------------------------

// Takes a payload apart. What departs from the one form is refused by the first thing that
// is wrong, values beyond their range and texts that cannot be printed among them; of a
// payload in its one form, those are judged later, field by field.
class Walk {
  canonical = true;
  first = null;  // name of the first thing that is wrong

  soft(held, name) {
    if (!held) this.first ??= name;
  }
  hard(held, name) {
    if (held) return;
    this.canonical = false;
    refuse(this.first ?? name);
  }

  // A map from number to value or list of values.
  message(bytes, schema) {
    let at = 0;
    const varint = () => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        this.hard(at < bytes.length, 'payload-malformed');
        const byte = bytes[at++];
        this.hard(shift < 63n || (shift === 63n && byte <= 1), 'overlong-varint');
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) {
          this.hard(byte > 0 || shift === 0n, 'overlong-varint');
          return value;
        }
      }
    };
    const values = new Map();
    let last = 0n;
    while (at < bytes.length) {
      const key = varint();
      const number = key >> 3n;
      this.hard(number > 0n, 'payload-malformed');
      const field = schema.get(Number(number));
      this.hard(field, 'unknown-field');
      this.hard((key & 7n) === (field.text || field.list ? 2n : 0n), 'wrong-wire-type');
      const again = values.has(Number(number));
      this.hard(!again || (field.list && number === last), 'duplicate-field');
      this.hard(again || number > last, 'field-order');
      last = number;
      const value = varint();
      if (!field.text && !field.list) {
        this.hard(value > 0n, 'default-value');
        this.soft(value <= field.max, 'out-of-range');
        if (!wide.has(field.name) && value >= 1n << 32n) this.canonical = false;
        values.set(Number(number), value);
        continue;
      }
      this.hard(BigInt(bytes.length - at) >= value, 'payload-malformed');
      const content = bytes.subarray(at, at += Number(value));
      const list = [...(values.get(Number(number)) ?? []), content];
      if (field.list) this.hard(BigInt(list.length) <= field.max, 'field-too-long');
      if (field.name in parts) {
        list[list.length - 1] = this.message(content, parts[field.name]);
      } else if (field.name === 'calibrations') {
        this.hard(content.length <= DIGEST_BYTES, 'field-too-long');
        this.hard(content.length === DIGEST_BYTES, 'out-of-range');
      } else {
        this.hard(field.list || value > 0n, 'default-value');
        this.hard(value <= (field.list ? 127n : field.max), 'field-too-long');
        this.soft(content.every((c) => c >= 0x20 && c < 0x7f), 'out-of-range');
        if (content.includes(0)) this.canonical = false;
        list[list.length - 1] = content.toString('latin1');
      }
      values.set(Number(number), field.list ? list : list[0]);
    }
    return values;
  }
}

function payload(bytes) {
  const walk = new Walk();
  const values = walk.message(bytes, fields);
  if (!walk.canonical) refuse(walk.first);
  checkRanges(values);
  return values;
}

const inRange = (value, {min, max}) =>
  must(value >= min && value <= max, value === 0n ? 'field-missing' : 'out-of-range');

// Every value in its range, once the form is known to be good.
function checkRanges(values) {
  const size = (value) => BigInt(value?.length ?? 0);
  for (const [number, field] of fields) {
    const value = values.get(number);
    inRange(field.text || field.list ? size(value) : value ?? 0n, field);
  }
  for (const target of values.get(numberOf('targets'))) inRange(target.get(1) ?? 0n, parts.targets.get(1));
  for (const sensor of values.get(numberOf('sensors'))) {
    for (const [number, part] of parts.sensors) inRange(sensor.get(number) ?? 0n, part);
  }
}

// --- Rules between fields --------------------------------------------------------------------

const ceil = (a, b) => (a + b - 1n) / b;

function wireBytes(batch) {
  const packet = (body) => 2n + (6n + body + 4n) + 1n + (6n + body + 4n) / 254n;
  const whole = batch / 504n, rest = batch % 504n;
  return packet(96n) + whole * packet(512n) + (rest > 0n ? packet(8n + rest) : 0n);
}

function address(text, use, bench) {
  const match = /^([a-z]+):\/\/([^/]*)(\/.*)?$/s.exec(text) ?? refuse('address-refused');
  const [, scheme, authority, path = ''] = match;
  const host = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(?::([0-9]+))?$/.exec(authority);
  must(host, 'address-refused');
  if (host[1] !== undefined)
    must(/^[1-9][0-9]{0,4}$/.test(host[1]) && Number(host[1]) <= 65535, 'address-refused');
  must(/^[a-zA-Z0-9/\-._~%+,=:]*$/.test(path), 'address-refused');
  const secure = use === 'metrics' ? ['https'] : ['https', 'mqtts'];
  const open = use === 'metrics' ? ['http'] : ['http', 'mqtt'];
  if (secure.includes(scheme)) return;
  must(open.includes(scheme), 'address-refused');
  must(bench, 'bench-only');
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function checkRules(values) {
  const v = (name) => values.get(numberOf(name));
  const name = (text) => must(/^[a-z0-9-]*$/.test(text), 'out-of-range');
  name(v('fleet'));
  name(v('name'));
  const targets = v('targets').map((t) => ({kind: t.get(1), id: t.get(2) ?? ''}));
  for (const {kind, id} of targets) {
    if (kind !== 1n) must(id.length >= 1, 'field-missing');
    must(id.length <= 31, 'out-of-range');
    name(id);
  }
  const period = v('period_ms');
  const awake = ['wake', 'collect', 'infer', 'release', 'judge', 'report']
    .reduce((sum, step) => sum + v(`${step}_ms`), 0n);
  must(v('sample_ms') + v('mcu_guard_ms') + v('mcu_sleep_ms') === period, 'mcu-timeline');
  must(awake + v('computer_sleep_ms') === period, 'computer-timeline');
  must(v('sample_ms') + v('mcu_guard_ms') + awake <= period, 'result-too-late');

  let batch = 0n, lastId = 0n;
  for (const sensor of v('sensors')) {
    const [id, rate, axes] = [1, 2, 3].map((part) => sensor.get(part));
    must(id > lastId, 'sensor-order');
    lastId = id;
    must((v('sample_ms') * rate) % 1000000n === 0n, 'sample-count');
    batch += ((v('sample_ms') * rate) / 1000000n) * axes * 2n;
  }
  must(batch <= BigInt(limit('slot of the firmware')), 'batch-too-large');
  must(wireBytes(batch) <= v('link_batch_wire_bytes'), 'wire-bytes');
  const request = 2n + 42n + 1n;  // the body of a request is 32 bytes at most
  const cross = ceil((v('link_batch_wire_bytes') + 2n * request) * 10000n, v('link_baud'));
  must(cross <= v('collect_ms'), 'link-too-slow');

  const age = v('max_batch_age_ms');
  must(age >= v('mcu_guard_ms') + v('wake_ms') + v('collect_ms'), 'batch-age-limit');
  must(age <= v('queue_limit_batches') * period, 'batch-age-limit');

  const spent = [
    ['sample_ms', 'mcu_sample_uw'], ['mcu_guard_ms', 'mcu_sample_uw'], ['mcu_sleep_ms', 'mcu_sleep_uw'],
    ['wake_ms', 'computer_awake_uw'], ['collect_ms', 'computer_awake_uw'], ['infer_ms', 'computer_infer_uw'],
    ['release_ms', 'computer_awake_uw'], ['judge_ms', 'computer_awake_uw'],
    ['report_ms', 'computer_report_uw'], ['computer_sleep_ms', 'computer_sleep_uw'],
  ].reduce((sum, [time, power]) => sum + v(time) * v(power), 0n);  // nJ
  const cycle = ceil(spent, 1000n) + v('transition_uj');
  const needed = ceil(cycle * (1000n + v('budget_margin_permille')), 1000n);
  must(needed <= v('cycle_budget_uj'), 'over-cycle-budget');
  must(ceil(v('cycle_budget_uj') * 3600000n, period) <= v('hour_budget_mj') * 1000n, 'over-hour-budget');
  // Both asleep for an hour, and one wake in every period: asking and telling, no inference.
  const asleep = (v('mcu_sleep_uw') + v('computer_sleep_uw')) * 3600n;  // uJ
  const waking = (v('wake_ms') + v('collect_ms')) * v('computer_awake_uw') + v('report_ms') * v('computer_report_uw');
  const wakes = ceil((ceil(waking, 1000n) + v('transition_uj')) * 3600000n, period);
  must(asleep + wakes <= v('hour_budget_mj') * 1000n, 'refusal-over-budget');

  const [issued, from, to] = ['issued_at_s', 'not_before_s', 'not_after_s'].map(v);
  must(issued <= from && from < to && to - from <= BigInt(limit('validity')) * 86400n, 'validity-order');
  must(v('lease_cycles') * period <= (to - from) * 1000n, 'lease-too-long');
  must(v('trial_cycles') < v('lease_cycles'), 'outlasts-lease');
  must(v('scrub_cycles') < v('lease_cycles'), 'outlasts-lease');
  must(v('hello_timeout_ms') * v('hello_retries') <= period, 'hello-too-long');

  const bench = v('profile') === 2n;
  targets.forEach(({kind, id}, i) => {
    if (kind === 1n) {
      must(targets.length === 1 && id === '', 'targets-wrong');
      must(!bench, 'bench-only');
    }
    const before = targets[i - 1];
    if (before)
      must((compare(before.kind, kind) || compare(before.id, id)) < 0, 'targets-wrong');
  });

  must(v('alarm_k') <= v('alarm_n'), 'alarm-rule');
  must(v('alarm_n') * period <= 86400000n, 'alarm-rule');
  must(v('commissioning_cycles') >= v('score_cycles'), 'alarm-rule');

  address(v('gateway'), 'metrics', bench);
  (v('alarm_sinks') ?? []).forEach((sink, i, sinks) => {
    address(sink, 'alarms', bench);
    must(i === 0 || compare(sinks[i - 1], sink) < 0, 'address-refused');
  });
  const calibrations = v('calibrations') ?? [];
  must(calibrations.length === 0 || v('residency_max') > 1n, 'calibrations-wrong');
  calibrations.forEach((digest, i) => {
    const before = calibrations[i - 1] ?? Buffer.alloc(DIGEST_BYTES);
    must(Buffer.compare(before, digest) < 0, 'calibrations-wrong');
  });
  must(v('keyring_version_min') <= KEYRING_VERSION, 'keyring-too-old');
}

// 0, or the reason's number.
function verdict(bytes, trusted) {
  try {
    const parsed = envelope(bytes);
    checkSignature(parsed, trusted);
    must(parsed.type === TYPE, 'wrong-payload-type');
    checkRules(payload(parsed.payload));
    return 0;
  } catch (error) {
    if (error instanceof Refused) return error.number;
    throw error;
  }
}

// --- The comparison -----------------------------------------------------------------------

// RFC 8032, section 7.1, test 1.
const trusted = [Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')];
const agreed = new Map();
let differ = 0;
function compareOne(name, bytes, expected) {
  const found = verdict(bytes, trusted);
  if (found === expected) {
    agreed.set(expected, (agreed.get(expected) ?? 0) + 1);
  } else {
    differ += 1;
    if (differ <= 20) console.error(`${name}: ours says ${expected}, the other ${found}`);
  }
}

const corpus = join(root, 'contract/testdata/corpus');
let vectors = 0;
for (const line of readFileSync(join(corpus, 'index.tsv'), 'utf8').trimEnd().split('\n')) {
  const [name, number] = line.split('\t');
  compareOne(name, readFileSync(join(corpus, `${name}.dsse`)), Number(number));
  vectors += 1;
}
let mutants = 0;
const printed = execFileSync(program, [count], {maxBuffer: 1 << 30, encoding: 'latin1'});
for (const line of printed.trimEnd().split('\n')) {
  const [hex, number] = line.split(' ');
  compareOne(`mutant ${mutants} ${hex}`, Buffer.from(hex, 'hex'), Number(number));
  mutants += 1;
}
const names = Object.fromEntries(Object.entries(REASONS).map(([name, number]) => [number, name]));
console.log('reason                     agreed');
for (const [number, times] of [...agreed].sort((a, b) => a[0] - b[0]))
  console.log(`${`${number} ${names[number] ?? 'good'}`.padEnd(26)} ${String(times).padStart(6)}`);
console.log(`${vectors} vectors and ${mutants} signed mutants: ${differ} disagreements`);
process.exit(differ === 0 && mutants > 0 ? 0 : 1);
