#include "data_options.hpp"

#include <algorithm>
#include <filesystem>

#include "errors.hpp"
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

data::Dataset limited(const data::Dataset& data, std::size_t limit) { return limit == 0 ? data : data.first(limit); }

void read_size(const std::string& text, data::ImageOptions& images) {
  const Shape shape = read_shape(text);
  if (shape.rank() != 2 || shape[0] > 65535 || shape[1] > 65535)
    throw UsageError("expected HEIGHTxWIDTH, each 1 to 65535, got '" + text + "'");
  images.height = shape[0];
  images.width = shape[1];
}

char read_separator(const std::string& text) {
  if (text == "tab") return '\t';
  if (text.size() != 1) throw UsageError("expected one character, or tab, got '" + text + "'");
  return text[0];
}

std::vector<std::string> read_names(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find(',', begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    if (names.back().empty())
      throw UsageError("expected names or indices with commas between them, got '" + text + "'");
  }
  return names;
}

}  // namespace

void add_data_options(CommandLine& line, DataOptions& options) {
  line.path("data", "PATH", "Folder of images, IDX or NPY files, an NPZ, CSV or raw data's JSON file; needed",
            options.path)
      .need("data", "a folder of images, IDX or NPY files, an NPZ file, a CSV file or the description of raw data")
      .text("label-column", "NAME", "CSV: the column of class numbers, by name or index (default: the last)",
            options.csv.label_column)
      .option("ignore-columns", "NAMES", "CSV: columns to leave out, such as time,id: names or indices, with commas",
              [&options](const std::string& text) { options.csv.ignored_columns = read_names(text); })
      .option(
          "header", "yes|no", "CSV: whether the first line names the columns",
          [&options](const std::string& text) {
            options.csv.header =
                read_word(text, "answer", {"yes", "no"}) == "yes" ? data::CsvHeader::yes : data::CsvHeader::no;
          },
          Default::words("yes unless it is all numbers"))
      .option(
          "separator", "C", "CSV: the character between two cells, such as ';', or tab",
          [&options](const std::string& text) { options.csv.separator = read_separator(text); }, ",")
      .option("limit", "N", "Take the first N samples only",
              [&options](const std::string& text) {
                options.limit = static_cast<std::size_t>(read_whole(text, 1, most_samples));
              })
      .option(
          "image-size", "HxW", "Images: resize all to this height and width, such as 32x32",
          [&options](const std::string& text) { read_size(text, options.images); }, Default::words("all have one size"))
      .option(
          "image-color", "NAME", "Images: rgb or grey",
          [&options](const std::string& text) {
            options.images.color =
                read_word(text, "color", {"rgb", "grey"}) == "rgb" ? data::ImageColor::rgb : data::ImageColor::grey;
          },
          "rgb")
      .flag("mapped", "Raw, NPY, IDX: map files that stay where they are into memory; changes no result",
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
  if (kind != DataKind::raw && kind != DataKind::npy && kind != DataKind::idx)
    line.refuse("mapped", "goes with raw data, NPY and IDX files");
  if (kind == DataKind::images) return;
  for (const char* option : {"image-size", "image-color"}) line.refuse(option, "goes with a folder of images");
}

namespace {

using SourcePointer = std::shared_ptr<const data::Source>;

SourcePointer limited(SourcePointer source, std::size_t limit) {
  if (!source || limit == 0 || limit >= source->info().size) return source;
  return data::first_samples(std::move(source), limit).value();
}

void refuse_validation(const CommandLine& line) {
  line.refuse("validation",
              "goes with a CSV file, raw data or images; the test part of IDX, NPY or NPZ data is its validation data");
}

/// With the same number of classes.
data::TrainTestSources open_npy_parts(const DataOptions& options, data::Labels labels = data::Labels::needed) {
  const std::string& folder = options.path;
  const auto open = [&](const std::string& part, std::size_t classes = 0) {
    const std::string y = labels == data::Labels::needed ? folder + "/y" + part + ".npy" : "";
    return data::open_npy(folder + "/x" + part + ".npy", y, classes, options.access()).value();
  };
  std::error_code problem;
  const bool parts = !fs::exists(folder + "/x.npy", problem);
  data::TrainTestSources data{open(parts ? "_train" : ""), nullptr};
  if (!parts || !fs::exists(folder + "/x_test.npy", problem)) return data;
  data.test = open("_test", data.train->info().classes);
  const std::size_t classes = data.test->info().classes;
  if (data.train->info().classes < classes) data.train = open("_train", classes);
  return data;
}

/// Likewise.
data::TrainTestSources open_csv_files(const DataOptions& options, const std::string& validation) {
  const data::CsvOptions& csv = options.csv;
  data::TrainTestSources data{data::open_csv(options.path, csv).value(), nullptr};
  if (validation.empty()) return data;
  data.test = data::open_csv(validation, csv, data.train->info().classes).value();
  const std::size_t classes = data.test->info().classes;
  if (data.train->info().classes < classes) data.train = data::open_csv(options.path, csv, classes).value();
  return data;
}

}  // namespace

data::Parts open_training_data(const CommandLine& line, const DataOptions& options, DataKind kind,
                               const std::string& validation) {
  data::TrainTestSources data;
  switch (kind) {
    case DataKind::idx:
    case DataKind::npy:
      refuse_validation(line);
      data = kind == DataKind::idx ? data::open_idx(options.path, options.access()).value() : open_npy_parts(options);
      break;
    case DataKind::raw:
      data.train = data::open_raw(options.path, options.access()).value();
      if (!validation.empty()) data.test = data::open_raw(validation, options.access()).value();
      break;
    case DataKind::images:
      data.train = data::open_images(options.path, options.images).value();
      if (!validation.empty()) data.test = data::open_images(validation, images_like(options)).value();
      break;
    default:
      data = open_csv_files(options, validation);
  }
  data::Parts parts{limited(std::move(data.train), options.limit), {}};
  if (data.test) parts.validation = std::move(data.test);
  return parts;
}

data::ImageOptions images_like(const DataOptions& data) {
  data::ImageOptions images = data.images;
  images.classes = data::list_images(data.path, data.images).value().classes;
  return images;
}

data::TrainTest load_training_data(const CommandLine& line, const DataOptions& options, const std::string& validation) {
  const DataKind kind = kind_of(options.path);
  check_data_options(line, kind);
  line.refuse("mapped", "goes with --stream where the data are a folder of IDX files");
  data::TrainTest data;
  if (kind == DataKind::idx || kind == DataKind::npz) {
    refuse_validation(line);
    data = (kind == DataKind::idx ? data::load_idx(options.path) : data::load_npz(options.path)).value();
  } else if (kind == DataKind::images) {
    data.train = data::load_images(options.path, options.images).value();
    if (!validation.empty()) data.test = data::load_images(validation, images_like(options)).value();
  } else {
    data.train = data::load_csv(options.path, options.csv).value();
    if (!validation.empty()) data.test = data::load_csv(validation, options.csv).value();
  }
  data.train = limited(data.train, options.limit);
  const std::size_t classes = std::max(data.train.classes(), data.test.classes());
  data.train = data.train.with_classes(classes);
  if (!data.test.empty()) data.test = data.test.with_classes(classes);
  return data;
}

void add_part_option(CommandLine& line, PartOption& option) {
  const auto read = [&option](const std::string& text) { option.part = read_word(text, "part", {"train", "test"}); };
  line.option("part", "PART", "IDX, NPY, NPZ: the part of the data, train or test", read, option.part)
      .text("indices", "FILE",
            "Take only these samples of it: one index from 0 a line, as a run's validation_indices.txt",
            option.indices);
}

namespace {

/// Indices are of one part, and it is easy to mean the other one.
void need_part(const CommandLine& line) {
  if (!line.given("part"))
    line.refuse("indices", "needs --part: these data have two, and a run splits its training part");
}

data::Samples load_whole_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                              Unlabelled unlabelled) {
  const DataKind kind = kind_of(options.path);
  check_data_options(line, kind);
  const bool idx_in_files = kind == DataKind::idx && is_unpacked(options.path);
  const char* const only_train = "goes with data in two parts; this folder has no t10k files";
  if (kind == DataKind::npz || (kind == DataKind::idx && !idx_in_files)) {
    line.refuse("mapped", "goes with files that are not compressed");
    const data::TrainTest parts =
        (kind == DataKind::idx ? data::load_idx(options.path) : data::load_npz(options.path, unlabelled.labels()))
            .value();
    if (parts.test.empty())
      line.refuse("part",
                  kind == DataKind::idx ? only_train : "goes with data in two parts; this NPZ file has x and y only");
    if (!parts.test.empty()) need_part(line);
    const bool whole = part.part == "train" || parts.test.empty();
    return limited(whole ? parts.train : parts.test, options.limit);
  }
  if (kind == DataKind::npy || idx_in_files) {
    const data::TrainTestSources parts = idx_in_files ? data::open_idx(options.path, options.access()).value()
                                                      : open_npy_parts(options, unlabelled.labels());
    if (!parts.test)
      line.refuse("part",
                  idx_in_files ? only_train : "goes with data in two parts; this folder has x.npy and y.npy only");
    if (parts.test) need_part(line);
    return limited(part.part == "train" || !parts.test ? parts.train : parts.test, options.limit);
  }
  line.refuse("part", kind == DataKind::csv   ? "goes with IDX, NPY or NPZ data; a CSV file has no parts"
                      : kind == DataKind::raw ? "goes with IDX, NPY or NPZ data; raw data has no parts"
                                              : "goes with IDX, NPY or NPZ data; images have no parts");
  if (kind == DataKind::csv) {
    data::CsvOptions csv = options.csv;
    csv.unlabelled_columns = unlabelled.columns;
    std::error_code problem;
    if (!fs::is_regular_file(options.path, problem))  // a pipe
      return limited(data::load_csv(options.path, csv).value(), options.limit);
    return limited(data::open_csv(options.path, csv).value(), options.limit);
  }
  if (kind == DataKind::raw)
    return limited(data::open_raw(options.path, options.access(), unlabelled.labels()).value(), options.limit);
  data::ImageOptions images = options.images;
  images.unlabelled = unlabelled.columns > 0 && has_images(options.path);
  return limited(data::open_images(options.path, images).value(), options.limit);
}

}  // namespace

LoadedPart load_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                     Unlabelled unlabelled) {
  LoadedPart loaded{load_whole_part(line, options, part, unlabelled), {}};
  if (part.indices.empty()) return loaded;
  loaded.indices = data::indices_by_file(part.indices, data::info(loaded.samples).size).value();
  if (const auto* data = std::get_if<data::Dataset>(&loaded.samples)) loaded.samples = data::as_source(*data).value();
  loaded.samples = data::subset(std::get<SourcePointer>(loaded.samples), loaded.indices).value();
  return loaded;
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
