// ONNX Runtime on one thread, asked by tests and benchmarks. Plain JavaScript of Node.js 18.
//
//   node onnxruntime.js FOLDER run MODEL INPUTS OUTPUTS all|off
//       FOLDER/node_modules holds onnxruntime-node. INPUTS are float32, one input of the
//       model after another; OUTPUTS becomes what comes out. all: with every optimisation
//       of the graph; off: node by node as the file says.
//   node onnxruntime.js FOLDER time MODEL REPEATS
//       one line of JSON: microseconds from the start of this script to the first result, of
//       making the session alone, and the least and the median of REPEATS runs.
'use strict';
const fs = require('fs');
const path = require('path');
const {createRequire} = require('module');

const [folder, command, model, ...rest] = process.argv.slice(2);
const start = process.hrtime.bigint();
const since = (from) => Number(process.hrtime.bigint() - from) / 1000;

// The binding under the package's promises: a call of it returns when it is done, so that
// no event loop is part of what is measured.
function open(optimisation) {
  const load = createRequire(path.join(path.resolve(folder), 'node_modules', 'any.js'));
  const {Tensor} = load('onnxruntime-node');
  const {binding, initOrt} = load('onnxruntime-node/dist/binding.js');
  initOrt();
  const before = process.hrtime.bigint();
  const session = new binding.InferenceSession();
  session.loadModel(path.resolve(model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimisation === 'off' ? 'disabled' : 'all',
    logSeverityLevel: 3,
  });
  const session_us = since(before);
  const dims = session.inputMetadata[0].shape;
  const name = session.inputMetadata[0].name;
  const output = session.outputMetadata[0].name;
  const size = dims.reduce((product, dim) => product * dim, 1);
  const run = (z) => session.run({[name]: new Tensor('float32', z, dims)},
                                 {[output]: null}, {})[output].data;
  return {run, size, session_us};
}

function floats(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function runAll([inputs, outputs, optimisation]) {
  const {run, size} = open(optimisation);
  const all = floats(inputs);
  const out = [];
  for (let at = 0; at < all.length; at += size) {
    out.push(Buffer.from(Float32Array.from(run(all.slice(at, at + size))).buffer));
  }
  fs.writeFileSync(outputs, Buffer.concat(out));
}

function time([repeats]) {
  const {run, size, session_us} = open('all');
  const z = Float32Array.from({length: size}, (_, i) => ((i * 37) % 61) / 20 - 1.5);
  run(z);
  const load_to_first_logit_us = since(start);
  for (let i = 0; i < repeats / 4; ++i) run(z);
  const times = [];
  for (let i = 0; i < repeats; ++i) {
    const from = process.hrtime.bigint();
    run(z);
    times.push(since(from));
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({
    load_to_first_logit_us, session_us,
    min_us: times[0], median_us: times[times.length >> 1],
  }));
}

try {
  ({run: runAll, time})[command](rest);
} catch (error) {
  console.error(`onnxruntime.js: ${error.message}`);
  process.exit(70);
}
