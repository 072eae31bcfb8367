// Samples for training: held in memory, read from IDX, CSV, NPY or NPZ files.
#pragma once

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

/// How stored bytes become the float32 that a model sees: x * scale + offset (one fused multiply-add).
struct Scaling {
  float scale = 1.0f / 255.0f;
  float offset = 0.0f;
};

/// Samples of one shape, each with a class number. Cheap to copy: copies share the stored features.
class Dataset {
 public:
  Dataset() = default;

  /// `features`: samples one after another, as bytes; `labels`: one for each sample, in 0 ... classes - 1.
  /// Errors: sizes that disagree, an empty sample shape, a label out of range.
  static Result<Dataset> make(Shape sample, std::vector<std::uint8_t> features, std::vector<std::int32_t> labels,
                              std::size_t classes, Scaling scaling = {});
  /// The same with features that are float32 already.
  static Result<Dataset> make(Shape sample, std::vector<float> features, std::vector<std::int32_t> labels,
                              std::size_t classes);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const Shape& sample_shape() const noexcept { return sample_; }
  /// Number of values in one sample.
  std::size_t sample_elements() const noexcept { return sample_elements_; }
  std::size_t classes() const noexcept { return classes_; }

  std::span<const std::int32_t> labels() const noexcept;
  /// Samples as stored: exactly one of these is not empty unless size() is 0.
  std::span<const std::uint8_t> bytes() const noexcept;
  std::span<const float> floats() const noexcept;
  Scaling scaling() const noexcept { return scaling_; }

  /// The number that sample `index` has in the data that these samples were chosen from, by a split say; its own where
  /// they are all.
  std::uint32_t number(std::size_t index) const noexcept {
    return numbers_ ? (*numbers_)[index] : static_cast<std::uint32_t>(index);
  }
  /// The same samples with these numbers, one for each.
  Result<Dataset> with_numbers(std::vector<std::uint32_t> numbers) const;

  /// The first `n` samples (all, if there are fewer).
  Dataset first(std::size_t n) const;
  /// The same samples with at least `classes` classes: for a part in which the last classes happen to be missing.
  Dataset with_classes(std::size_t classes) const;

 private:
  struct Storage {
    std::variant<std::vector<std::uint8_t>, std::vector<float>> features;
    std::vector<std::int32_t> labels;
  };
  static Result<Dataset> make(Shape sample, Storage storage, std::size_t features, std::size_t classes,
                              Scaling scaling);

  std::shared_ptr<const Storage> storage_;
  std::shared_ptr<const std::vector<std::uint32_t>> numbers_;  // none: their indices
  Shape sample_;
  std::size_t sample_elements_ = 0;
  std::size_t size_ = 0;
  std::size_t classes_ = 0;
  Scaling scaling_;
};

/// The parts of a data set. Those that it does not have are empty.
struct TrainTest {
  Dataset train;
  Dataset test;
  Dataset validation{};
};

/// Whether labels are looked at. Ignored, they need not be there, and each label is 0: for prediction.
enum class Labels : std::uint8_t { needed, ignored };

/// Reads the MNIST family's four IDX files from `folder`: {train,t10k}-{images-idx3,labels-idx1}-ubyte, each with or
/// without ".gz". Samples are [height, width, 1] bytes scaled to 0 ... 1. Without t10k files `test` is empty.
/// Where labels are ignored there may be t10k files alone.
Result<TrainTest> load_idx(const std::string& folder, Labels labels = Labels::needed);

/// Whether the first line of a CSV file names the columns. Guessed, it does unless all its cells are numbers; an empty
/// cell is then an error, since it may as well be a sample that lacks a number.
enum class CsvHeader : std::uint8_t { guess, yes, no };

struct CsvOptions {
  char separator = ',';
  /// Column that holds the class number: its name in the header line, or its index counted from 0 ("0"); empty: the
  /// last column.
  std::string label_column{};
  /// A file with this many columns has no labels: all its columns are features and each label is 0. It changes nothing
  /// when it is 0 or `label_column` names a column.
  std::size_t unlabelled_columns = 0;
  CsvHeader header = CsvHeader::guess;
  /// Columns that count nowhere, whatever is in them: by name or index, as `label_column`. The last column that is not
  /// one of them has the labels if none is named, and they are not among `unlabelled_columns`.
  std::vector<std::string> ignored_columns{};
};

/// Reads a CSV file of numbers, compressed by gzip or not. Samples are [columns - 1] float32, or [columns] without
/// labels. Labels are whole numbers from 0; `classes` is the largest plus one.
Result<Dataset> load_csv(const std::string& path, const CsvOptions& options = {});

/// What the first line of a CSV file is taken for.
struct CsvHead {
  bool header = false;
  std::size_t features = 0;    ///< columns of features
  std::string label_column{};  ///< its name, or its index without a header; empty: there are no labels
};

/// Reads the first line alone, of a file that is no pipe. Errors: those of load_csv() that it can have.
Result<CsvHead> read_csv_head(const std::string& path, const CsvOptions& options = {});

/// Reads an NPZ file, plain or compressed, as numpy.savez(path, x=..., y=...) writes it, or in parts as x_train,
/// y_train, x_test, y_test, x_val and y_val (or _valid, _validation). Features are [samples, ...] of uint8 (scaled to
/// 0 ... 1), or of another type of whole numbers, bool, float16, float32 or float64, taken as they are and rounded to
/// the nearest float32; labels [samples] or [samples, 1] of any type of whole numbers or bool. uint8 samples of two
/// axes are images and get a channel axis, as in IDX files; others are signals [time, channels]. It takes the memory of
/// the samples, as uint8 or float32, and little more.
Result<TrainTest> load_npz(const std::string& path, Labels labels = Labels::needed);

/// The same from two NPY files.
Result<Dataset> load_npy(const std::string& features, const std::string& labels);

}  // namespace treadle::data
