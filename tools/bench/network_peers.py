"""Times the peers (ONNX Runtime, OpenVINO) on a whole network: one JSON document a line in, one out.

In: {"model": path of an .onnx file, "threads": n, "seconds": s}. Out: {"onnxruntime": {"min", "median", "spread"}, "openvino": {...}},
milliseconds of one warm call on random inputs (whole numbers below 8000 where the type is an integer); a peer that is not installed
or does not take the model is left out, with a line on standard error. Both compute in float32.
Needs: pip install onnxruntime openvino numpy
"""
import json
import sys
import time

import numpy as np

try:
    import onnxruntime
except ImportError:
    onnxruntime = None
try:
    import openvino
except ImportError:
    openvino = None


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


def filled(shape, kind):
    rng = np.random.default_rng(12345)
    if "int" in kind:
        return rng.integers(0, 8000, shape).astype(kind)
    return rng.uniform(-1, 1, shape).astype(kind if "float" in kind else "float32")


def ort_call(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": "float32", "tensor(int64)": "int64", "tensor(int32)": "int32", "tensor(double)": "float64"}
    bound = session.io_binding()
    for one in session.get_inputs():
        bound.bind_cpu_input(one.name, filled(one.shape, kinds.get(one.type, "float32")))
    for one in session.get_outputs():
        bound.bind_output(one.name)
    return lambda: session.run_with_iobinding(bound)


def openvino_call(model, threads):
    core = openvino.Core()
    compiled = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1})
    request = compiled.create_infer_request()
    for one in compiled.inputs:
        request.set_tensor(one, openvino.Tensor(filled(tuple(one.shape), one.get_element_type().to_dtype().name)))
    return request.infer


PEERS = [("onnxruntime", onnxruntime, ort_call), ("openvino", openvino, openvino_call)]

for line in sys.stdin:
    ask = json.loads(line)
    answer = {}
    for name, installed, prepare in PEERS:
        if installed is None:
            continue
        try:
            call = prepare(ask["model"], ask["threads"])
            answer[name] = timed(call, ask["seconds"])
            del call
        except Exception as error:  # noqa: BLE001: whatever a peer does not take
            print(f"{name}: {error}", file=sys.stderr)
        time.sleep(0.3)  # its threads spin for a while after their work
    print(json.dumps(answer), flush=True)
