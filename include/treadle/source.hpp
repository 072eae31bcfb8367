// Samples that need not fit into memory: read by index from a source, or one after another from a stream.
#pragma once

#include <treadle/data.hpp>
#include <treadle/index_set.hpp>
#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace treadle::data {

/// How a value of a sample is stored.
enum class ElementType : std::uint8_t { uint8, float32 };

/// What is known of samples before any of them is read.
struct SampleInfo {
  Shape shape;                              ///< of one sample
  std::size_t size = 0;                     ///< samples
  std::size_t classes = 0;                  ///< labels are in 0 ... classes - 1
  ElementType type = ElementType::float32;  ///< as read() and next() give them, in this machine's byte order
  Scaling scaling{1.0f, 0.0f};              ///< of uint8; float32 is taken as it is

  /// Of one sample as it is stored, or too_large.
  Result<std::size_t> sample_bytes() const noexcept;
};

/// Samples that can be read in any order.
class Source {
 public:
  virtual ~Source() = default;

  virtual const SampleInfo& info() const noexcept = 0;

  /// Reads the samples `indices`, each less than size, into `samples` (one after another as they are stored) and
  /// `labels`. Called by several threads at once; should allocate nothing. An error, or an exception while batches are
  /// read, ends the run that reads with an error.
  virtual Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                            std::span<std::int32_t> labels) const = 0;

  /// The labels of all samples in their order, 4 bytes each: for splits and weights.
  virtual Result<std::vector<std::int32_t>> labels() const = 0;

  /// The number that sample `index` has in the data that these samples were chosen from; its own where they are all.
  virtual std::uint32_t number(std::uint32_t index) const noexcept { return index; }

  /// Bytes that it keeps for as long as it lives, for each of its samples: indices, names, where lines begin.
  virtual std::size_t kept_bytes() const noexcept { return 0; }
};

/// Samples that come one after another, in the same order whenever they begin anew.
class Stream {
 public:
  virtual ~Stream() = default;

  /// `size` samples have to come between rewind() and the end: one more or less is an error of the run.
  virtual const SampleInfo& info() const noexcept = 0;

  /// Goes back to the first sample.
  virtual Result<void> rewind() = 0;

  /// Reads the next sample as it is stored; false at the end. Called by one thread at a time.
  virtual Result<bool> next(std::span<std::byte> sample, std::int32_t& label) = 0;
};

/// All that a model can be trained or tried on.
using Samples = std::variant<Dataset, std::shared_ptr<const Source>, std::shared_ptr<Stream>>;

/// What is known of `samples`. A null pointer has no samples.
SampleInfo info(const Samples& samples);

/// One line that tells these samples from others: how many of which shape, classes, scaling, and, but for a stream, a
/// hash of up to 1,024 of them with their labels, evenly spread. Errors: those of reading.
Result<std::string> fingerprint(const Samples& samples);

/// As Source::number() and Dataset::number(); of a stream the index itself.
std::uint32_t number(const Samples& samples, std::uint32_t index) noexcept;

/// The samples of a data set as a source, which shares them.
Result<std::shared_ptr<const Source>> as_source(const Dataset& data);

/// The samples `indices` of `source` as a source of their own, in that order; an index may occur twice. Errors: an
/// index that is not less than the size.
Result<std::shared_ptr<const Source>> subset(std::shared_ptr<const Source> source, std::vector<std::uint32_t> indices);
/// The same for indices that ascend, with a bit for each sample of `source` instead of a list.
Result<std::shared_ptr<const Source>> subset(std::shared_ptr<const Source> source, IndexSet indices);

/// The first `n` samples of `source` (all, if there are fewer), without a list of them.
Result<std::shared_ptr<const Source>> first_samples(std::shared_ptr<const Source> source, std::size_t n);

/// All samples of a source in memory, with the numbers that they have there.
Result<Dataset> load(const Source& source);

/// A source as a stream in its order, read in pieces of about 256 KiB: what a slow disk or card does best.
Result<std::shared_ptr<Stream>> read_in_order(std::shared_ptr<const Source> source);

/// How a file that is not kept in memory is read.
enum class Access : std::uint8_t {
  /// By pread(2): no memory but the batches, and a file that becomes shorter or a card that fails is an error of the
  /// run.
  positioned,
  /// By mmap(2): less processor time where the system has the file in its cache. Touched pages count as this process's
  /// memory until the system takes them back, and what fails to be read ends the program with SIGBUS.
  mapped,
};

/// Opens a data set of raw binary files by its description, a JSON file:
///
///     {"format": 1, "features": "features.bin", "type": "uint8", "shape": [28, 28, 1], "samples": 60000,
///      "labels": "labels.bin", "label_type": "uint8", "classes": 10, "scale": 0.00392156886, "offset": 0}
///
/// `type` is "uint8" or another type that load_npz() takes, as NumPy calls it ("int16", "float32", "bool"),
/// `label_type` one of whole numbers; numbers are little-endian, samples lie one after another and nothing is beside
/// them. The model sees x * `scale` + `offset`, one fused multiply-add in float32 after x became one; they default to
/// 1 / 255 and 0 for uint8, 1 and 0 for other types. Other files' names are relative to the description's folder.
/// Nothing is kept in memory: samples and labels are read when they are asked for. All labels are read once to check
/// them. A description without `labels`, `label_type` and `classes` is of samples without labels, for Labels::ignored
/// alone.
Result<std::shared_ptr<const Source>> open_raw(const std::string& description, Access access = Access::positioned,
                                               Labels labels = Labels::needed);

/// The files of samples and labels that such a description names, for a program that must not write to them.
Result<std::vector<std::string>> raw_files(const std::string& description);

/// Opens two NPY files as load_npy() takes them, of any size: likewise nothing is kept in memory, and all labels are
/// read once. There are as many classes as the largest label plus one, or `classes` if that is more. Without a name of
/// `labels`, "", each label is 0.
Result<std::shared_ptr<const Source>> open_npy(const std::string& features, const std::string& labels,
                                               std::size_t classes = 0, Access access = Access::positioned);

/// Opens a CSV file as load_csv() takes it, of any size. It is gone through once; where each line begins is kept, 8
/// bytes a sample, and lines are read and parsed when they are asked for: for as many threads as read at once it keeps
/// room for 256 KiB, or the longest line. Classes as for open_npy(). A compressed file is `unsupported`.
Result<std::shared_ptr<const Source>> open_csv(const std::string& path, const CsvOptions& options = {},
                                               std::size_t classes = 0);

/// The parts of a data set, in their files. There may be no test or validation part.
struct TrainTestSources {
  std::shared_ptr<const Source> train;
  std::shared_ptr<const Source> test;
  std::shared_ptr<const Source> validation{};
};

/// Opens an NPZ file as load_npz() takes it, of any size, if it is not compressed, else `unsupported`. All of it is
/// read once to check it; nothing is kept in memory.
Result<TrainTestSources> open_npz(const std::string& path, Access access = Access::positioned,
                                  Labels labels = Labels::needed);

/// Opens the IDX files that load_idx() takes, of any size. Compressed files cannot be read in any order: they are
/// `unsupported`.
Result<TrainTestSources> open_idx(const std::string& folder, Access access = Access::positioned,
                                  Labels labels = Labels::needed);

}  // namespace treadle::data
