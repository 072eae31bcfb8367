// What things are called in a checkpoint's file.
#pragma once

namespace treadle::training {

// Metadata.
inline constexpr const char* format_key = "treadle.checkpoint";
inline constexpr const char* generation_key = "treadle.generation";
inline constexpr const char* progress_key = "treadle.optimizer";
inline constexpr const char* state_key = "treadle.state";
inline constexpr const char* fingerprint_prefix = "treadle.run.";

// Tensors: the records of epochs and of validations within them.
inline constexpr const char* epochs_name = "epochs";
inline constexpr const char* validations_name = "validations";

// Tensors: CRC-32C of each of the others in their order, and the hash of all bytes before it, which are the last two.
inline constexpr const char* sums_name = "crc32c";
inline constexpr const char* hash_name = "hash";

}  // namespace treadle::training
