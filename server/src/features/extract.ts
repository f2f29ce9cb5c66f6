/** The features of one program; whoever has many programs keeps a FeatureExtractor. */
import type { HardwareParams } from '../hardware/params.js';
import type { Program } from '../ir/program.js';
import { FeatureExtractor } from './extractor.js';

/** Rows x 164 numbers, one row per written or allocated buffer, order without meaning; empty for a program that breaks a GPU's limits. */
export function extractFeatures(program: Program, hardware: HardwareParams): Float32Array {
  return new FeatureExtractor().extract(program, hardware);
}
