/** Where a model's weights may lie: plain files in its folder and below. Everything else is refused before it is read. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation, StringStringEntryProtoSchema } from '../../server/src/model/onnx/generated/onnx_pb.js';
import { readInput } from '../../server/src/session/input.js';
import { runPlan } from '../harness/run-plan.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';

const home = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ansor-external-')));
after(() => { rmSync(home, { recursive: true, force: true }); });
const inside = path.join(home, 'model');
mkdirSync(path.join(inside, 'parts'), { recursive: true });
writeFileSync(path.join(home, 'outside.bin'), new Uint8Array(64));
writeFileSync(path.join(inside, 'weights.bin'), new Uint8Array(64));
writeFileSync(path.join(inside, 'parts', 'weights.bin'), new Uint8Array(64));
symlinkSync(path.join(home, 'outside.bin'), path.join(inside, 'link-out.bin'));
symlinkSync(path.join(inside, 'weights.bin'), path.join(inside, 'link-in.bin'));
symlinkSync('/dev/zero', path.join(inside, 'link-device.bin'));
symlinkSync(path.join(home, 'nowhere'), path.join(inside, 'link-nowhere.bin'));

/** A dense layer of 4 x 4 numbers, whose weights lie at `entries`. */
function load(entries: Readonly<Record<string, string>>): ReturnType<typeof readInput> {
  const model = fromBinary(ModelProtoSchema, onnxFile({ inputs: { x: [1, 4] }, outputs: ['y'], constants: { w: ramp([4, 4]) }, nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }] }));
  const [weights] = model.graph?.initializer ?? [];
  assert(weights !== undefined);
  weights.rawData = new Uint8Array(0);
  weights.dataLocation = TensorProto_DataLocation.EXTERNAL;
  weights.externalData = Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
  const file = path.join(inside, 'model.onnx');
  writeFileSync(file, toBinary(ModelProtoSchema, model));
  return readInput(file);
}

for (const location of ['weights.bin', 'parts/weights.bin', './weights.bin', 'link-in.bin']) {
  test(`weights in ${location} are read`, () => {
    const loaded = load({ location }).plan?.constants[0]?.load();
    assert(loaded?.ok === true);
  });
}

/** Beyond what one buffer of node or one protobuf message can hold. */
const HUGE = 5 * 2 ** 30;

/** A file of that size that takes no room, with sixteen numbers at its end; undefined where the disk has no such files. */
function hugeFile(): string | undefined {
  const file = path.join(inside, 'huge.bin');
  const fd = openSync(file, 'w');
  try {
    ftruncateSync(fd, HUGE);
    writeSync(fd, new Uint8Array(Float32Array.from({ length: 16 }, (_, i) => i + 1).buffer), 0, 64, HUGE - 64);
    return statSync(file).blocks * 512 < HUGE / 2 ? file : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

test('a file of 5 GB is read by range: what a tensor needs, and no more', (t) => {
  if (hugeFile() === undefined) { t.skip('no sparse files here'); return; }
  const before = process.memoryUsage().rss;
  const { plan } = load({ location: 'huge.bin', offset: String(HUGE - 64), length: '64' });
  assert(plan !== undefined);
  const [y] = runPlan(plan, [Float32Array.of(1, 0, 0, 1)]);
  assert.deepEqual(Array.from(y ?? []), [1 + 13, 2 + 14, 3 + 15, 4 + 16]);
  assert(process.memoryUsage().rss - before < 200e6, 'the file is not read as a whole');
  assert.throws(() => load({ location: 'huge.bin', offset: String(HUGE - 60), length: '64' }), /which has only 5368709120/);
});

const REFUSED: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
  'a place above the folder': [{ location: '../outside.bin' }, /"\.\.\/outside\.bin" leads out of the model's folder/],
  'a place above the folder, on the way down': [{ location: 'parts/../../outside.bin' }, /leads out of the model's folder/],
  'a place above the folder, written as on Windows': [{ location: '..\\outside.bin' }, /leads out of the model's folder/],
  'an absolute path': [{ location: path.join(home, 'outside.bin') }, /is an absolute path/],
  'an absolute path of Windows': [{ location: 'C:\\weights.bin' }, /is an absolute path/],
  'a link that leads out': [{ location: 'link-out.bin' }, /is a link that leads out/],
  'a link to a device': [{ location: 'link-device.bin' }, /is a link that leads out/],
  'a link to nothing': [{ location: 'link-nowhere.bin' }, /is a link that leads nowhere/],
  'a folder': [{ location: 'parts' }, /is a folder or a device/],
  'a length that does not match': [{ location: 'weights.bin', length: '60' }, /needs 64 bytes but its entry says 60/],
  'a place behind the end': [{ location: 'weights.bin', offset: '4' }, /lies at bytes 4 to 68 of weights\.bin, which has only 64/],
  'an offset that is no number': [{ location: 'weights.bin', offset: '-1' }, /impossible offset "-1"/],
  'no place': [{}, /names no file/],
};

for (const [name, [entries, message]] of Object.entries(REFUSED)) {
  test(`refused at once: ${name}`, () => { assert.throws(() => load(entries), message); });
}
