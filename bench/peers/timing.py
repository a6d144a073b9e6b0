# SPDX-License-Identifier: Apache-2.0
"""How a figure of torch's comes about: the same procedure and the same JSON as seqfeat-bench (bench/harness.hpp, bench/result.cpp)."""
import subprocess
import time

import torch

CLOCKS = "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,power.draw,temperature.gpu,clocks_throttle_reasons.active"


class Device:
    """A CUDA device timed by events, or, to rehearse, the processor."""

    def __init__(self, name):
        self.name = name
        self.on_cuda = name == "cuda"
        self.l2_bytes = getattr(torch.cuda.get_device_properties(0), "L2_cache_size", 50 << 20) if self.on_cuda else 1 << 20
        self.read, self.written = (torch.zeros(2 * self.l2_bytes + (1 << 20), dtype=torch.uint8, device=name) for _ in range(2))

    def seconds(self, launch, first, count):
        if not self.on_cuda:
            begin = time.perf_counter()
            for i in range(count):
                launch(first + i)
            return time.perf_counter() - begin
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for i in range(count):
            launch(first + i)
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) * 1e-3

    def flush_cache(self, how):
        """Fills the cache by "read" or "write" with something else."""
        if how == "read":
            self.read.max()
        else:
            self.written.add_(1)

    def describe(self):
        if not self.on_cuda:
            return {"device": "the processor, rehearsing", "torch": torch.__version__}
        found = torch.cuda.get_device_properties(0)
        return {"device": found.name, "compute_capability": f"{found.major}.{found.minor}", "multiprocessors": found.multi_processor_count,
                "l2_bytes": self.l2_bytes, "memory_bytes": found.total_memory, "torch": torch.__version__, "cuda_runtime": torch.version.cuda}


def clocks():
    """What nvidia-smi says now; settings are only read."""
    try:
        said = subprocess.run(["nvidia-smi", "--id=0", "--format=csv,noheader", f"--query-gpu={CLOCKS}"], capture_output=True, text=True)
    except OSError as error:
        return {"unavailable": str(error)}
    return {"fields": CLOCKS, "values": said.stdout.strip()} if said.returncode == 0 else {"unavailable": (said.stdout + said.stderr).strip()}


def percentile(samples, p):
    """The smallest sample that at least the share p does not exceed."""
    rank = -int(-p * len(samples) // 1)
    return sorted(samples)[max(1, min(len(samples), rank)) - 1]


def cold_samples(device, launch, sampling, flush="read"):
    device.seconds(launch, 0, sampling.warm_up)
    samples = []
    for i in range(sampling.samples):
        device.flush_cache(flush)
        samples.append(device.seconds(launch, i, 1))
    return samples


def warm_samples(device, launch, sampling):
    device.seconds(launch, 0, sampling.warm_up)
    count = sampling.back_to_back
    return [device.seconds(launch, i * count, count) / count for i in range(sampling.samples)]


def bandwidth(device, size, sampling):
    """What torch's own copy reaches, reads and writes counted."""
    size = max(size, 4 * device.l2_bytes)
    source = torch.ones(size, dtype=torch.uint8, device=device.name)
    target = torch.empty_like(source)
    rate = 2 * size / percentile(cold_samples(device, lambda _: target.copy_(source), sampling), 0.5)
    return {"copy": rate, "copy_kernel": 0, "copy_runtime": rate, "read": 0, "buffer_bytes": size, "unit": "bytes per second, read and written"}


def result(job, cache, launches, samples, copy):
    """A result in the form of seqfeat-bench's JSON."""
    median = percentile(samples, 0.5)
    ideal = job.ideal_bytes / median
    return {"workload": job.workload, "backend": "torch", "cache": cache, "threads": 0, "launches": launches, "kernels": None,
            "seconds": median, "predicted_seconds": None, "p90": percentile(samples, 0.9), "samples": samples,
            "tokens": job.tokens, "tokens_per_second": job.tokens / median, "bytes": job.bytes, "bytes_per_second": job.bytes / median,
            "ideal_bytes": job.ideal_bytes, "ideal_bytes_per_second": ideal, "share_of_copy": ideal / copy,
            "baseline": None, "baseline_seconds": None, "ratio": None, "note": job.note}
