/**
 * Constants in the runner. Networks that are compared have most of them in the same form, which is made (winograd's transform, packing) and
 * kept once.
 */
import { err, ok, type Result } from '../base/result.js';
import { elementBytes } from '../ir/element-bytes.js';
import { packWeights, type LayoutRewrite } from '../lower/layout-rewrite.js';
import type { BufferId, Runner } from '../measure/interface.js';
import type { LazyTensor } from '../model/tensor.js';
import type { BufferIds } from './task-bench.js';

/** A constant, packed where a kernel wants it so. */
export interface PackedConstant { readonly constant: LazyTensor; readonly rewrite: LayoutRewrite | undefined }

interface Kept { readonly by: object | undefined; readonly packing: string; readonly id: Promise<Result<BufferId, string>>; users: number }

export function constantBytes({ constant, rewrite }: PackedConstant): Result<Uint8Array, string> {
  const loaded = constant.load();
  if (!loaded.ok) return err(loaded.error.message);
  const { data, dtype } = loaded.value;
  return ok(elementBytes(rewrite === undefined ? data : packWeights(rewrite, data), dtype));
}

export class StoredConstants {
  /** By the tensor that all forms are made from. */
  private readonly kept = new Map<LazyTensor, Kept[]>();

  constructor(private readonly runner: Pick<Runner, 'store' | 'drop'>, private readonly ids: BufferIds) {}

  /** Where it is kept, until whoever took it releases it. */
  async take(packed: PackedConstant): Promise<Result<BufferId, string>> {
    const known = this.find(packed) ?? this.add(packed);
    known.users++;
    const id = await known.id;
    if (!id.ok) this.remove(packed, known);
    return id;
  }

  async release(packed: PackedConstant): Promise<void> {
    const known = this.find(packed);
    if (known === undefined || --known.users > 0) return;
    this.remove(packed, known);
    const id = await known.id;
    if (id.ok) await this.runner.drop(id.value);
  }

  private add(packed: PackedConstant): Kept {
    const { from, by, packing } = formOf(packed);
    const added: Kept = { by, packing, id: this.store(packed), users: 0 };
    this.kept.set(from, [...(this.kept.get(from) ?? []), added]);
    return added;
  }

  private remove(packed: PackedConstant, kept: Kept): void {
    const { from } = formOf(packed);
    this.kept.set(from, (this.kept.get(from) ?? []).filter((one) => one !== kept));
  }

  private async store(packed: PackedConstant): Promise<Result<BufferId, string>> {
    const data = constantBytes(packed);
    if (!data.ok) return data;
    const id = this.ids.next();
    const stored = await this.runner.store(id, data.value);
    return stored.ok ? ok(id) : err(stored.error.message);
  }

  private find(packed: PackedConstant): Kept | undefined {
    const { from, by, packing } = formOf(packed);
    return this.kept.get(from)?.find((one) => one.by === by && one.packing === packing);
  }
}

function formOf({ constant, rewrite }: PackedConstant): { readonly from: LazyTensor; readonly by: object | undefined; readonly packing: string } {
  return { from: constant.made?.from ?? constant, by: constant.made?.by, packing: rewrite === undefined ? '' : JSON.stringify([rewrite.placeholder.shape, rewrite.dimensions]) };
}
