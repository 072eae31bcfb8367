// Which samples a command works on: --data and what goes with it, for every kind of data.
#pragma once

#include <treadle/data.hpp>
#include <treadle/images.hpp>
#include <treadle/model.hpp>
#include <treadle/source.hpp>
#include <treadle/split.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"
#include "data_kind.hpp"

namespace treadle::tool {

/// --data (needed), --label-column, --ignore-columns, --header, --separator, --limit, --image-size, --image-color and
/// --mapped.
struct DataOptions {
  std::string path{};
  data::CsvOptions csv{};
  std::size_t limit = 0;  ///< 0: all samples
  data::ImageOptions images{};
  bool mapped = false;  ///< files that stay where they are are mapped into memory

  data::Access access() const noexcept { return mapped ? data::Access::mapped : data::Access::positioned; }
};
void add_data_options(CommandLine& line, DataOptions& options);

/// Refuses options that do not go with data of this kind.
void check_data_options(const CommandLine& line, DataKind kind);

/// Training data and, if there are any, validation data.
struct TrainingParts {
  data::Parts data;
  std::string_view validated;   ///< the part that the latter are, "validation" or "test"; "": there are none
  std::size_t all_samples = 0;  ///< training samples without --limit
};

/// Those that stay in their files, of any kind; otherwise as load_training_data(). An NPY folder has x.npy and y.npy,
/// or x_train.npy, y_train.npy and the same of other parts.
TrainingParts open_training_data(const CommandLine& line, const DataOptions& options, DataKind kind,
                                 const std::string& validation);

/// The names of the classes of a folder of images, or of its training part.
std::vector<std::string> image_classes(const DataOptions& options);

/// Training data, the first --limit samples, and, if there are any, validation data in memory, with the same number of
/// classes: the validation part that the data have, or else their test part. A CSV file has no parts, nor has a folder
/// of images unless its folders are parts; `validation` names another one, or is empty.
TrainingParts load_training_data(const CommandLine& line, const DataOptions& options, const std::string& validation);

/// --part and --indices, for the commands that look at one part of the data.
struct PartOption {
  std::string_view part;  ///< train, test or validation; "": test, or what there is
  std::string indices;    ///< a file of those samples of it that are meant; "": all
};
void add_part_option(CommandLine& line, PartOption& option);

/// Whether labels have to be there: a CSV file of `columns` columns has none, nor has a folder without class folders.
/// Labels of NPY, NPZ and raw data are not looked at then.
struct Unlabelled {
  std::size_t columns = 0;  ///< 0: labels are needed

  data::Labels labels() const noexcept { return columns == 0 ? data::Labels::needed : data::Labels::ignored; }
};
/// One part of data in parts, or all of data that has none.
struct LoadedPart {
  data::Samples samples;
  data::IndexSet indices;  ///< of the samples in their part; none: they are all of it
};
/// What can be read in any order stays in its files: all but compressed NPZ and IDX files, and CSV from a pipe.
LoadedPart load_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                     Unlabelled unlabelled = {});

/// How the first line of a CSV file was taken, ", a header, labels in column kind"; "" for other data and pipes.
std::string csv_text(const DataOptions& options);

/// A Failure when the data's samples have another shape than the model takes.
void check_shape(const data::Samples& samples, const Model& model);
/// Likewise, and when it has more classes than the model's output.
void check_samples(const data::Samples& samples, const Model& model);

}  // namespace treadle::tool
