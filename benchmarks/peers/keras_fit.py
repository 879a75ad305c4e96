"""One epoch of a network by Keras on TensorFlow, from an array in memory."""

import os
import time
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # type: ignore[import-not-found]
import numpy as np
import tensorflow as tf  # type: ignore[import-untyped]

from benchmarks.environment import serve

LEAKY_SLOPE = 0.3


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Train with `fit`, and time it without imports and tracing."""
    tf.config.threading.set_intra_op_parallelism_threads(request["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(1)
    if request["network"]["precision"] == "bf16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    x, held = (np.load(request[name]) for name in ("training", "validation"))
    settings = request["network"]
    size = settings["batch_size"]
    model = _build(settings["layers"], x.shape[1])
    rate = settings["optimiser"]["learning_rate"]
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    start = model.get_weights()
    # traces for whole batches and for what is left at the end
    for rows in (min(size, len(x)), len(x) % size or 1):
        model.fit(x[:rows], x[:rows], batch_size=size, verbose=0)
    model.evaluate(held, held, batch_size=size, verbose=0)
    model.set_weights(start)
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(x, x, batch_size=size, epochs=1, shuffle=True, verbose=0)
    loss = model.evaluate(held, held, batch_size=size, verbose=0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "events": len(x), "loss": float(loss)}


def _build(layers: list[dict[str, Any]], inputs: int) -> Any:  # noqa: ANN401
    model = keras.Sequential([keras.Input((inputs,))])
    for layer in layers:
        units = inputs if layer["units"] == "inputs" else layer["units"]
        model.add(keras.layers.Dense(units))
        if layer["activation"] == "leaky_relu":
            model.add(keras.layers.LeakyReLU(negative_slope=LEAKY_SLOPE))
        else:
            model.add(keras.layers.Activation(layer["activation"]))
    return model


if __name__ == "__main__":
    serve(work)
