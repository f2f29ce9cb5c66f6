/** The large networks of real-networks.test.ts at other shapes. */
import { DETECTOR, RECOGNISER, testNetworks } from './real-network.js';

testNetworks([
  { file: DETECTOR, bars: true, dims: { 'x.0': 1, 'x.2': 96, 'x.3': 64 } },
  { file: RECOGNISER, dims: { 'x.0': 1, 'x.2': 48, 'x.3': 64 } },
]);
