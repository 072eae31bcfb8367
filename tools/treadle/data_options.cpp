#include "data_options.hpp"

#include <algorithm>
#include <filesystem>

#include "data_parts.hpp"
#include "errors.hpp"
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

struct Size {
  std::size_t height, width;
};

Rule<Size> image_sizes() {
  const auto read = [](const std::string& text) -> Size {
    const Shape shape = read_shape(text);
    if (shape.rank() != 2 || shape[0] > 65535 || shape[1] > 65535)
      throw UsageError("expected HEIGHTxWIDTH, each 1 to 65535, got '" + text + "'");
    return {shape[0], shape[1]};
  };
  return {read, R"({"type": "string", "pattern": "^[0-9]+x[0-9]+$"})"};
}

Rule<char> separators() {
  const auto read = [](const std::string& text) {
    if (text == "tab") return '\t';
    if (text.size() != 1) throw UsageError("expected one character, or tab, got '" + text + "'");
    return text[0];
  };
  return {read, R"({"type": "string", "pattern": "^(tab|[ -~])$"})"};
}

Rule<std::vector<std::string>> names() {
  const auto read = [](const std::string& text) {
    std::vector<std::string> names;
    for (std::size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
      end = std::min(text.find(',', begin), text.size());
      names.push_back(text.substr(begin, end - begin));
      if (names.back().empty())
        throw UsageError("expected names or indices with commas between them, got '" + text + "'");
    }
    return names;
  };
  return {read, R"({"type": ["string", "number"], "pattern": "^[^,]+(,[^,]+)*$"})"};
}

}  // namespace

void add_data_options(CommandLine& line, DataOptions& options) {
  line.path("data", "PATH", "Folder of images, IDX or NPY files, an NPZ, CSV or raw data's JSON file; needed",
            options.path)
      .need("data", "a folder of images, IDX or NPY files, an NPZ file, a CSV file or the description of raw data")
      .text("label-column", "NAME", "CSV: the column of class numbers, by name or index (default: the last)",
            options.csv.label_column)
      .option("ignore-columns", "NAMES", "CSV: columns to leave out, such as time,id: names or indices, with commas",
              names(), into(options.csv.ignored_columns))
      .option(
          "header", "yes|no", "CSV: whether the first line names the columns", rules::word("answer", {"yes", "no"}),
          [&options](std::string_view answer) {
            options.csv.header = answer == "yes" ? data::CsvHeader::yes : data::CsvHeader::no;
          },
          Default::words("yes unless it is all numbers"))
      .option("separator", "C", "CSV: the character between two cells, such as ';', or tab", separators(),
              into(options.csv.separator), ",")
      .option("limit", "N", "Take the first N samples only", rules::whole(1, most_samples), into(options.limit))
      .option(
          "image-size", "HxW", "Images: resize all to this height and width, such as 32x32", image_sizes(),
          [&options](Size size) {
            options.images.height = size.height;
            options.images.width = size.width;
          },
          Default::words("all have one size"))
      .option(
          "image-color", "NAME", "Images: rgb or grey", rules::word("color", {"rgb", "grey"}),
          [&options](std::string_view color) {
            options.images.color = color == "rgb" ? data::ImageColor::rgb : data::ImageColor::grey;
          },
          "rgb")
      .flag("mapped", "Raw, NPY, NPZ, IDX: map files that stay where they are into memory; changes no result",
            options.mapped);
}

void check_data_options(const CommandLine& line, DataKind kind) {
  const char* const without_columns = kind == DataKind::npz   ? "goes with a CSV file, not with an NPZ file"
                                      : kind == DataKind::npy ? "goes with a CSV file, not with NPY files"
                                      : kind == DataKind::raw ? "goes with a CSV file, not with raw data"
                                      : kind == DataKind::idx ? "goes with a CSV file, not with a folder of IDX files"
                                                              : "goes with a CSV file, not with images";
  if (kind != DataKind::csv)
    for (const char* option : {"label-column", "ignore-columns", "header", "separator"})
      line.refuse(option, without_columns);
  if (kind == DataKind::csv || kind == DataKind::images)
    line.refuse("mapped", "goes with raw data, NPY, NPZ and IDX files");
  if (kind == DataKind::images) return;
  for (const char* option : {"image-size", "image-color"}) line.refuse(option, "goes with a folder of images");
}

namespace {

void refuse_validation(const CommandLine& line) {
  line.refuse("validation",
              "goes with a CSV file, raw data or images; IDX, NPY and NPZ data are validated on a part of their own");
}

/// With the same number of classes.
data::TrainTestSources open_csv_files(const DataOptions& options, const std::string& validation) {
  const data::CsvOptions& csv = options.csv;
  data::TrainTestSources data{data::open_csv(options.path, csv).value(), nullptr};
  if (validation.empty()) return data;
  data.validation = data::open_csv(validation, csv, data.train->info().classes).value();
  const std::size_t classes = data.validation->info().classes;
  if (data.train->info().classes < classes) data.train = data::open_csv(options.path, csv, classes).value();
  return data;
}

/// Of both parts, which stay in their files, in memory.
TrainingParts in_memory(TrainingParts parts) {
  for (data::Samples* part : {&parts.data.train, &parts.data.validation})
    if (has_samples(*part)) *part = data::load(*std::get<SourcePointer>(*part)).value();
  return parts;
}

/// What is trained on and what it is validated on, of any kind of data that has parts.
template <class Parts>
TrainingParts training_parts(Parts data, std::size_t limit) {
  const std::size_t all = data::info(data::Samples(data.train)).size;
  TrainingParts parts{{limited(std::move(data.train), limit), {}}, {}, all};
  for (const auto& [part, name] : {std::pair{&data.validation, "validation"}, {&data.test, "test"}}) {
    if (!has_samples(*part) || has_samples(parts.data.validation)) continue;
    parts.data.validation = std::move(*part);
    parts.validated = name;
  }
  return parts;
}

}  // namespace

TrainingParts open_training_data(const CommandLine& line, const DataOptions& options, DataKind kind,
                                 const std::string& validation) {
  if (kind == DataKind::idx || kind == DataKind::npy || kind == DataKind::npz) refuse_validation(line);
  data::TrainTestSources data;
  switch (kind) {
    case DataKind::idx:
      data = data::open_idx(options.path, options.access()).value();
      break;
    case DataKind::npy:
      data = open_npy_parts(options);
      break;
    case DataKind::npz:
      data = data::open_npz(options.path, options.access()).value();
      break;
    case DataKind::raw:
      data.train = data::open_raw(options.path, options.access()).value();
      if (!validation.empty()) data.validation = data::open_raw(validation, options.access()).value();
      break;
    case DataKind::images:
      data = open_image_parts(options, validation);
      break;
    default:
      data = open_csv_files(options, validation);
  }
  return training_parts(std::move(data), options.limit);
}

TrainingParts load_training_data(const CommandLine& line, const DataOptions& options, const std::string& validation) {
  const DataKind kind = kind_of(options.path);
  check_data_options(line, kind);
  line.refuse("mapped", "goes with --stream where the data are IDX files or an NPZ file");
  data::TrainTest data;
  if (kind == DataKind::idx || kind == DataKind::npz) {
    refuse_validation(line);
    data = (kind == DataKind::idx ? data::load_idx(options.path) : data::load_npz(options.path)).value();
  } else if (kind == DataKind::images) {
    return in_memory(open_training_data(line, options, kind, validation));  // only what is kept is decoded
  } else {
    data.train = data::load_csv(options.path, options.csv).value();
    if (!validation.empty()) data.validation = data::load_csv(validation, options.csv).value();
    const std::size_t classes = std::max(data.train.classes(), data.validation.classes());
    data.train = data.train.with_classes(classes);
    if (!data.validation.empty()) data.validation = data.validation.with_classes(classes);
  }
  return training_parts(std::move(data), options.limit);
}

std::string csv_text(const DataOptions& options) {
  std::error_code problem;
  if (!fs::is_regular_file(options.path, problem) || kind_of(options.path) != DataKind::csv) return "";
  const data::CsvHead head = data::read_csv_head(options.path, options.csv).value();
  std::string label = head.label_column.substr(0, 40);
  for (char& c : label)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
  return std::string(head.header ? ", a header" : ", no header") + ", labels in column " + label;
}

void check_shape(const data::Samples& samples, const Model& model) {
  const Shape shape = data::info(samples).shape, &input = model.input();
  if (shape == input) return;
  const bool without_channel = input.rank() == 3 && input[2] == 1 && shape == Shape{input[0], input[1]};
  throw Failure("the model expects samples of shape " + shape_text(input) + ", the data has " + shape_text(shape) +
                (without_channel ? ", which are signals; store images as x[..., numpy.newaxis]" : ""));
}

void check_samples(const data::Samples& samples, const Model& model) {
  check_shape(samples, model);
  const std::size_t classes = data::info(samples).classes, outputs = model.output().value().elements().value();
  if (classes > outputs)
    throw Failure("the data has " + std::to_string(classes) + " classes, the model only " + std::to_string(outputs) +
                  " outputs");
}

}  // namespace treadle::tool
