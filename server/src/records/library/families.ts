/** All families of the operator library, usual ones first. */
import type { Family } from './anchor.js';
import { blockedAnchors } from './anchors/blocked.js';
import { convolutionAnchors, depthwiseAnchors } from './anchors/convolution.js';
import { batchMatmulAnchors, denseAnchors, vectorDenseAnchors } from './anchors/matmul.js';
import { adaptivePoolAnchors, windowPoolAnchors } from './anchors/pool.js';
import { inputAnchors, normalizationAnchors, reductionAnchors, softmaxAnchors, varianceAnchors } from './anchors/reduction.js';
import { transposedAnchors } from './anchors/transposed.js';
import { transposeAnchors, transposedResult } from './anchors/movement.js';
import { residualFirst } from './anchors/residual.js';
import { weightTransformAnchors, winogradAnchors } from './anchors/winograd.js';

export const CONVOLUTIONS: readonly Family[] = [winogradAnchors, convolutionAnchors, depthwiseAnchors, blockedAnchors, transposedAnchors];
export const PRODUCTS: readonly Family[] = [denseAnchors, batchMatmulAnchors, vectorDenseAnchors];
export const POOLS: readonly Family[] = [adaptivePoolAnchors, windowPoolAnchors];
export const REDUCTIONS: readonly Family[] = [softmaxAnchors, reductionAnchors, varianceAnchors, normalizationAnchors];
/** What is met less often: after all others. */
const UNUSUAL: readonly Family[] = [residualFirst([...CONVOLUTIONS, ...PRODUCTS]), transposeAnchors, transposedResult(PRODUCTS), weightTransformAnchors];
export const FAMILIES: readonly Family[] = [...CONVOLUTIONS, ...PRODUCTS, ...POOLS, ...REDUCTIONS, inputAnchors, ...UNUSUAL];
