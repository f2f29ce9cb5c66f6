/** Networks with real weights, each at several shapes (the large ones' second: real-networks.deep.test.ts). */
import { DETECTOR, RECOGNISER, testNetworks } from './real-network.js';

const CLASSIFIER = 'rapidocr-onnxruntime-1.4.4/rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx';
const MAGIKA = 'magika-1.0.3/magika/models/standard_v3_3/model.onnx';
const VAD = 'silero-vad-6.2.3/silero_vad/data/silero_vad.onnx';

testNetworks([
  { file: CLASSIFIER, dims: { 'x.0': 1, 'x.2': 48, 'x.3': 192 } },
  { file: CLASSIFIER, dims: { 'x.0': 2, 'x.2': 48, 'x.3': 96 } },
  { file: DETECTOR, bars: true, dims: { 'x.0': 1, 'x.2': 64, 'x.3': 96 } },
  { file: RECOGNISER, dims: { 'x.0': 1, 'x.2': 48, 'x.3': 96 } },
  { file: MAGIKA, dims: { 'bytes.0': 1 } },
  { file: MAGIKA, dims: { 'bytes.0': 3 } },
  { file: VAD, dims: { 'input.0': 1, 'input.1': 576, 'state.1': 1 }, values: { sr: [16000] } },
  { file: VAD, dims: { 'input.0': 2, 'input.1': 288, 'state.1': 2 }, values: { sr: [8000] } },
]);
