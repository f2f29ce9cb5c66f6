"""Times the peers (PyTorch, ONNX Runtime) on the cases of operator-cases.ts: one JSON document a line in, one out.

In: {"peer": {...}, "threads": n, "seconds": s}. Out: {"torch": {"min", "median", "spread"}, "onnxruntime": {...}}, milliseconds of one
warm call; a peer that is not installed is left out. Weights are constants to ONNX Runtime (it packs them when it loads the model).
Needs: pip install torch onnxruntime onnx numpy
"""
import json
import sys
import time

import numpy as np

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    torch = None
try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    onnxruntime = None


def timed(call, seconds):
    for _ in range(3):
        call()
    times = []
    end = time.perf_counter() + seconds
    while (time.perf_counter() < end or len(times) < 5) and len(times) < 20000:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    median = times[len(times) // 2]
    return {"min": times[0], "median": median, "spread": (times[len(times) * 3 // 4] - times[len(times) // 4]) / median}


def rand(*shape):
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


def conv_arrays(p):
    x = rand(p["batch"], p["ci"], *p["spatial"])
    w = rand(p["co"], p["ci"] // p["groups"], *[p["k"]] * len(p["spatial"])) * 0.05
    return x, w


def torch_call(p):
    kind = p["kind"]
    if kind == "conv":
        x, w = (torch.from_numpy(a) for a in conv_arrays(p))
        conv = [F.conv1d, F.conv2d, F.conv3d][len(p["spatial"]) - 1]
        args = dict(stride=p["s"], padding=p["p"], dilation=p["d"], groups=p["groups"])
        if not p["norm"]:
            return lambda: conv(x, w, **args)
        scale, shift = torch.rand(p["co"]) + 0.5, torch.rand(p["co"])
        w = w * scale.reshape(-1, 1, 1, 1)  # batch norm folded, as any deployment does
        return lambda: F.relu_(conv(x, w, shift, **args))
    if kind == "transposed":
        x = torch.from_numpy(rand(p["batch"], p["ci"], *p["spatial"]))
        w = torch.from_numpy(rand(p["ci"], p["co"], p["k"], p["k"]) * 0.05)
        return lambda: F.conv_transpose2d(x, w, stride=p["s"], padding=p["p"])
    if kind == "matmul":
        x, y = torch.from_numpy(rand(p["batch"], p["n"], p["k"])), torch.from_numpy(rand(p["batch"], p["k"], p["m"]))
        return lambda: torch.bmm(x, y)
    if kind == "norm":
        x = torch.from_numpy(rand(p["batch"], p["n"], p["m"]))
        return lambda: torch.linalg.vector_norm(x, dim=(1, 2))
    q, v = (torch.from_numpy(rand(p["batch"], p["l"], p["heads"], p["d"])) for _ in range(2))

    def attention():
        s = torch.matmul(q.permute(0, 2, 1, 3), v.permute(0, 2, 3, 1))
        return torch.softmax(s, dim=-1) if p["softmax"] else s
    return attention


def model_of(p):
    """Nodes, inputs and constants of the case as an ONNX graph."""
    kind = p["kind"]
    nodes, inputs, constants = [], {}, {}
    if kind == "conv":
        inputs["x"], constants["w"] = conv_arrays(p)
        rank = len(p["spatial"])
        attrs = dict(strides=[p["s"]] * rank, pads=[p["p"]] * (2 * rank), dilations=[p["d"]] * rank, group=p["groups"])
        names = ["x", "w"]
        if p["norm"]:
            constants["b"] = rand(p["co"])
            names.append("b")
        nodes.append(helper.make_node("Conv", names, ["c" if p["norm"] else "y"], **attrs))
        if p["norm"]:
            nodes.append(helper.make_node("Relu", ["c"], ["y"]))
    elif kind == "transposed":
        inputs["x"] = rand(p["batch"], p["ci"], *p["spatial"])
        constants["w"] = rand(p["ci"], p["co"], p["k"], p["k"]) * 0.05
        nodes.append(helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[p["s"]] * 2, pads=[p["p"]] * 4))
    elif kind == "matmul":
        inputs["x"], inputs["z"] = rand(p["batch"], p["n"], p["k"]), rand(p["batch"], p["k"], p["m"])
        nodes.append(helper.make_node("MatMul", ["x", "z"], ["y"]))
    elif kind == "norm":
        inputs["x"] = rand(p["batch"], p["n"], p["m"])
        nodes.append(helper.make_node("ReduceL2", ["x"], ["y"], axes=[1, 2], keepdims=0))
    else:
        inputs["q"], inputs["v"] = (rand(p["batch"], p["l"], p["heads"], p["d"]) for _ in range(2))
        nodes += [helper.make_node("Transpose", ["q"], ["a"], perm=[0, 2, 1, 3]), helper.make_node("Transpose", ["v"], ["b"], perm=[0, 2, 3, 1])]
        nodes.append(helper.make_node("MatMul", ["a", "b"], ["s" if p["softmax"] else "y"]))
        if p["softmax"]:
            nodes.append(helper.make_node("Softmax", ["s"], ["y"], axis=-1))
    graph = helper.make_graph(
        nodes, "case", [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape) for n, a in inputs.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], [numpy_helper.from_array(a, n) for n, a in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), inputs


def ort_call(p, threads):
    model, inputs = model_of(p)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Spinning threads would disturb whoever is timed next.
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    bound = session.io_binding()
    for name, array in inputs.items():
        bound.bind_cpu_input(name, array)
    bound.bind_output("y")
    return lambda: session.run_with_iobinding(bound)


for line in sys.stdin:
    ask = json.loads(line)
    answer = {}
    if torch is not None:
        torch.set_num_threads(ask["threads"])
        with torch.inference_mode():
            answer["torch"] = timed(torch_call(ask["peer"]), ask["seconds"])
    if onnxruntime is not None:
        call = ort_call(ask["peer"], ask["threads"])
        answer["onnxruntime"] = timed(call, ask["seconds"])
        del call
    print(json.dumps(answer), flush=True)
