/** The Python example beside a deployed library: ctypes and nothing else. */
export const PYTHON_EXAMPLE = String.raw`"""Calls the network through ctypes: python3 model.py INPUT[@SHAPE]... > outputs.bin (as main.c does). Needs no packages."""
import ctypes as c
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ABI_VERSION = 1


class Tensor(c.Structure):
    _fields_ = [("name", c.c_char_p), ("dtype", c.c_char_p), ("rank", c.c_int), ("shape", c.POINTER(c.c_longlong)),
                ("bytes", c.c_longlong), ("element_bytes", c.c_int), ("shape_of", c.c_int)]


def aligned(size):
    """Memory of this size at a multiple of 64; keep the first value as long as the address is used."""
    memory = c.create_string_buffer(size + 64)
    return memory, (c.addressof(memory) + 63) // 64 * 64


class Model:
    def __init__(self, folder=HERE):
        lib = self.lib = c.CDLL(os.path.join(folder, "libmodel.so"))
        if lib.ansor_model_abi_version() != ABI_VERSION:
            raise RuntimeError("libmodel.so has another ABI version than model.py: take both from one build")
        for name in ("ansor_model_inputs", "ansor_model_outputs"):
            getattr(lib, name).restype = c.POINTER(Tensor)
        lib.ansor_model_weight_bytes.restype = lib.ansor_model_workspace_bytes.restype = c.c_longlong
        lib.ansor_model_run.argtypes = [c.c_int] + [c.c_void_p] * 5
        with open(os.path.join(folder, "weights.bin"), "rb") as f:
            data = f.read()
        if len(data) != lib.ansor_model_weight_bytes():
            raise RuntimeError("weights.bin is not of this library")
        self.memory, self.weights = aligned(len(data))
        c.memmove(self.weights, data, len(data))

    def tensors(self, kind, binding):
        count = c.c_int()
        table = getattr(self.lib, "ansor_model_" + kind)(binding, c.byref(count))
        return [table[i] for i in range(count.value)]

    def run(self, inputs, shapes=None):
        """inputs: bytes for each; shapes: a list of extents for each (default: the first binding). Gives [(name, dtype, shape, bytes)]."""
        binding = 0
        if shapes is not None:
            arrays = [(c.c_longlong * max(1, len(s)))(*s) for s in shapes]
            binding = self.lib.ansor_model_find((c.c_void_p * max(1, len(arrays)))(*[c.addressof(a) for a in arrays]))
            if binding < 0:
                raise ValueError("the library has no binding for these shapes (manifest.json lists them)")
        given, made = self.tensors("inputs", binding), self.tensors("outputs", binding)
        if len(inputs) != len(given):
            raise ValueError("the network has %d inputs" % len(given))
        places = [aligned(t.bytes) for t in given]
        for t, data, (_, at) in zip(given, inputs, places):
            if len(data) != t.bytes:
                raise ValueError("%s has %d bytes, not %d" % (t.name.decode(), t.bytes, len(data)))
            c.memmove(at, bytes(data), t.bytes)
        results = [aligned(t.bytes) for t in made]
        workspace = aligned(self.lib.ansor_model_workspace_bytes(binding, 1))
        pointers = lambda list: (c.c_void_p * max(1, len(list)))(*[at for _, at in list])
        status = self.lib.ansor_model_run(binding, None, self.weights, pointers(places), pointers(results), workspace[1])
        if status != 0:
            raise RuntimeError("the call was refused: %d" % status)
        outputs = []
        for i, t in enumerate(made):
            if t.shape_of >= 0:
                continue
            shape = t.shape[:t.rank]
            for k, other in enumerate(made):
                if other.shape_of == i:
                    shape = list((c.c_longlong * t.rank).from_address(results[k][1]))
            size = t.element_bytes
            for extent in shape:
                size *= extent
            outputs.append((t.name.decode(), t.dtype.decode(), shape, c.string_at(results[i][1], size)))
        return outputs


if __name__ == "__main__":
    model = Model()
    files = [a.rsplit("@", 1) for a in sys.argv[1:]]
    shapes = [[int(n) for n in f[1].split("x") if n] for f in files] if files and all(len(f) == 2 for f in files) else None
    for name, dtype, shape, data in model.run([open(f[0], "rb").read() for f in files], shapes):
        print(name, dtype, shape, file=sys.stderr)
        sys.stdout.buffer.write(data)
`;
