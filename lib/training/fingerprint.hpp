// What decides the bits of a run beside its state: a checkpoint goes on only where all of it is the same.
#pragma once

#include <treadle/result.hpp>

#include <string>
#include <utility>
#include <vector>

#include "training/run_parts.hpp"

namespace treadle::training {

/// Names for people and texts, one for each thing that decides bits: {"batch size", "128"}.
using Fingerprint = std::vector<std::pair<std::string, std::string>>;

/// Of the model's layers, the loss, the optimizer, the options and the data. Data count with their sizes, shapes and a
/// hash over at most 1024 samples, evenly spread from the first to the last. Threads, micro-batch, memory and
/// instruction set are no part of it, since they change no bits. Of a stream only
/// sizes and shapes count: hashing would read it whole. Errors: those of reading a source.
Result<Fingerprint> make_fingerprint(const RunParts& parts);

/// An error that names the first thing in which `found`, a checkpoint's, is another than `expected`.
Result<void> check_same(const Fingerprint& expected, const Fingerprint& found);

}  // namespace treadle::training
