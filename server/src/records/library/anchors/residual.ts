/**
 * A residual on the left of the sum: `r + conv(x, w)`. The walk from the output meets it first, so that its line and its shape come before
 * the others', while it is the last parameter by number (spec key-resolution, 2).
 */
import { binaryStage } from '../tail.js';
import { inputOf, sameShape, type Anchor, type Family, type Problem, type Shape } from '../anchor.js';

/** Anchors of `families` with a residual before them, without a bias between or with one. Only where shapes are known. */
export function residualFirst(families: readonly Family[]): Family {
  return function* (problem: Problem): Generator<Anchor> {
    const [first, ...others] = problem.inputs;
    if (problem.era === 'old' || others.length < 2 || first === undefined || !sameShape(first, problem.out)) return;
    for (const family of families) {
      for (const anchor of family({ ...problem, inputs: others })) {
        if (!sameShape(anchor.output.shape, problem.out) || anchor.inputs > others.length) continue;
        yield withResidual(anchor, problem, first, undefined);
        const bias = others[anchor.inputs];
        if (bias?.length === problem.out.length && bias.every((extent, i) => extent === 1 || extent === problem.out[i])) yield withResidual(anchor, problem, first, bias);
      }
    }
  };
}

function withResidual(anchor: Anchor, problem: Problem, shape: Shape, bias: Shape | undefined): Anchor {
  const biasInput = bias === undefined ? undefined : inputOf(problem, anchor.inputs, bias);
  const biased = biasInput === undefined ? undefined : binaryStage('add', anchor.output, biasInput.output);
  const inputs = anchor.inputs + (biasInput === undefined ? 1 : 2);
  const residual = inputOf(problem, inputs - 1, shape);
  const sum = binaryStage('add', residual.output, biased?.output ?? anchor.output);
  return {
    ...anchor, family: `residual + ${anchor.family}${bias === undefined ? '' : ' + add'}`, inputs, output: sum.output,
    ops: [residual, ...anchor.ops, ...(biasInput === undefined || biased === undefined ? [] : [biasInput, biased]), sum],
  };
}
