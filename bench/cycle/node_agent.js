// The same job by the usual means: a Node.js agent that sleeps in a timer, reads a window,
// takes its spectra, runs the same network with ONNX Runtime, writes the verdict to disk
// and pushes a page of metrics. A peer for ./dev bench cycle; plain JavaScript of Node.js 18.
//
//   node node_agent.js ONNXRUNTIME MODEL WINDOW JOURNAL GATEWAY PERIOD_MS
//
// Tuned: one thread, no spinning, the session kept, its binding called without promises,
// buffers reused, no timer beside its own (a deadline for the push would wake it again). What it
// does not do: a link, a contract, commissioning, proof of sleep, an end to a push that hangs.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const {createRequire} = require('module');

const [folder, model, window, journal, gateway, period] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(folder), 'node_modules', 'any.js'));
const {Tensor} = load('onnxruntime-node');
const {binding, initOrt} = load('onnxruntime-node/dist/binding.js');
initOrt();
const session = new binding.InferenceSession();
session.loadModel(path.resolve(model), {
  intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential',
  graphOptimizationLevel: 'all', logSeverityLevel: 3,
});
const {name: input, shape: dims} = session.inputMetadata[0];
const output = session.outputMetadata[0].name;
const z = new Float32Array(dims.reduce((product, dim) => product * dim, 1));

const AXES = 3, N = 1024;
const hann = Float64Array.from({length: N}, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / N));
const cosine = Float64Array.from({length: N / 2}, (_, i) => Math.cos(2 * Math.PI * i / N));
const sine = Float64Array.from({length: N / 2}, (_, i) => -Math.sin(2 * Math.PI * i / N));
const reversed = Uint16Array.from({length: N}, (_, i) => {
  let r = 0;
  for (let bit = 1; bit < N; bit <<= 1) r = (r << 1) | (i & bit ? 1 : 0);
  return r;
});
const re = new Float64Array(N), im = new Float64Array(N), power = new Float64Array(N / 2);

function addPower(samples, axis, from) {
  for (let i = 0; i < N; ++i) {
    re[reversed[i]] = samples[(from + i) * AXES + axis] * hann[i];
    im[i] = 0;
  }
  for (let half = 1; half < N; half *= 2) {
    const step = N / (2 * half);
    for (let at = 0; at < N; at += 2 * half) {
      for (let k = 0; k < half; ++k) {
        const c = cosine[k * step], s = sine[k * step], a = at + k, b = a + half;
        const x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c;
        re[b] = re[a] - x; im[b] = im[a] - y;
        re[a] += x; im[a] += y;
      }
    }
  }
  for (let k = 0; k < N / 2; ++k) power[k] += re[k] * re[k] + im[k] * im[k];
}

// As many numbers for each axis as the network takes: means of neighbouring lines.
function features(samples) {
  const each = z.length / AXES, frames = samples.length / AXES;
  for (let axis = 0; axis < AXES; ++axis) {
    power.fill(0);
    for (let from = 0; from + N <= frames; from += N / 2) addPower(samples, axis, from);
    const lines = power.length / each;
    for (let i = 0; i < each; ++i) {
      let sum = 1;
      for (let k = Math.floor(i * lines); k < Math.floor((i + 1) * lines); ++k) sum += power[k];
      z[axis * each + i] = (Math.log(sum) - 15) / 4;
    }
  }
}

const log = fs.openSync(journal, 'a');
let cycles = 0, inferences = 0;
function page(logit, took) {
  let text = '';
  for (let i = 0; i < 66; ++i) {
    text += `# TYPE agent_value_${i} gauge\nagent_value_${i}{kind="bench"} ${i * cycles}\n`;
  }
  return text + `agent_logit ${logit}\nagent_seconds ${took}\nagent_inferences_total ${inferences}\n`;
}

function cycle() {
  const began = process.hrtime.bigint();
  const bytes = fs.readFileSync(window);
  features(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
  const feeds = {[input]: new Tensor('float32', z, dims)};
  const logit = session.run(feeds, {[output]: null}, {})[output].data[0];
  ++cycles;
  ++inferences;
  fs.writeSync(log, `${cycles} ${logit}\n`);
  fs.fdatasyncSync(log);
  const body = page(logit, Number(process.hrtime.bigint() - began) / 1e9);
  const request = http.request(`${gateway}/metrics/job/agent/instance/node`, {
    method: 'PUT', agent: false,
    headers: {'Content-Type': 'text/plain; version=0.0.4', 'Content-Length': body.length},
  }, (response) => response.resume());
  request.on('error', () => {});
  request.end(body);
  setTimeout(cycle, Number(period));
}
cycle();
