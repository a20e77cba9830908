// Runs ONNX models by onnxruntime-web, which is not ours.
//     node run_onnx.cjs NODE_MODULES MODEL.onnx...
// Beside each stands MODEL.onnx.in: float32 of [n x depth] inputs. Writes MODEL.onnx.out: float32, all probabilities, then all scores.
// Exit 77 where the runtime is not installed in the folder NODE_MODULES.
'use strict';
const fs = require('fs');
const path = require('path');

const [folder, ...models] = process.argv.slice(2);
let ort;
try {
  ort = require(path.join(folder, 'onnxruntime-web'));
} catch {
  process.exit(77);
}
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

function floats(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

async function run(file) {
  const session = await ort.InferenceSession.create(fs.readFileSync(file));
  const volumes = floats(file + '.in');
  const depth = Number(fs.readFileSync(file + '.depth', 'utf8'));
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', volumes, [volumes.length / depth, depth]) };
  const { probabilities, score } = await session.run(feeds);
  fs.writeFileSync(file + '.out', Buffer.concat([probabilities.data, score.data].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))));
}

(async () => {
  for (const model of models) await run(model);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
