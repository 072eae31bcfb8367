// --part and --indices: the samples that evaluate and predict look at.
#include <filesystem>

#include "data_parts.hpp"
#include "errors.hpp"
#include "options.hpp"

namespace treadle::tool {

void add_part_option(CommandLine& line, PartOption& option) {
  line.option("part", "PART", "IDX, NPY, NPZ, images in parts: train, test or validation",
              rules::word("part", {"train", "test", "validation"}), into(option.part),
              Default::words("test, or validation if there is none"))
      .text("indices", "FILE",
            "Take only these samples of it: one index from 0 a line, as a run's validation_indices.txt",
            option.indices);
}

namespace {

/// The part that is meant. `whole` says why there are no others.
template <class Parts>
data::Samples choose_part(const CommandLine& line, Parts parts, const PartOption& option, std::size_t limit,
                          const std::string& whole) {
  const bool tested = has_samples(parts.test), validated = has_samples(parts.validation);
  if (!tested && !validated) {
    if (option.part == "test" || option.part == "validation") line.refuse("part", "goes with data in parts; " + whole);
    return limited(std::move(parts.train), limit);
  }
  // Indices are of one part, and it is easy to mean another one.
  if (!line.given("part"))
    line.refuse("indices", "needs --part: these data have several, and a run splits its training part");
  if (option.part == "train") return limited(std::move(parts.train), limit);
  if ((option.part == "test" && !tested) || (option.part == "validation" && !validated))
    line.refuse("part", "goes with a part that there is; these data have no " + std::string(option.part) + " part");
  const bool test = option.part == "test" || (option.part.empty() && tested);
  return limited(std::move(test ? parts.test : parts.validation), limit);
}

data::Samples npz_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                       data::Labels labels) {
  const std::string whole = "this NPZ file has x and y only";
  const auto opened = data::open_npz(options.path, options.access(), labels);
  if (opened) return choose_part(line, *opened, part, options.limit, whole);
  if (opened.error().code != ErrorCode::unsupported) opened.value();
  line.refuse("mapped", "goes with files that are not compressed");
  return choose_part(line, data::load_npz(options.path, labels).value(), part, options.limit, whole);
}

data::Samples idx_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                       data::Labels labels) {
  const std::string whole = "this folder has no t10k files";
  if (is_unpacked(options.path))
    return choose_part(line, data::open_idx(options.path, options.access(), labels).value(), part, options.limit,
                       whole);
  line.refuse("mapped", "goes with files that are not compressed");
  return choose_part(line, data::load_idx(options.path, labels).value(), part, options.limit, whole);
}

/// The part `part` of a folder of images, or all of it if it has no parts, in which labels may not be needed.
data::Samples image_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                         Unlabelled unlabelled) {
  const data::ImageParts parts = data::find_image_parts(options.path);
  std::string folder = parts.train;
  if (parts.validation.empty() && parts.test.empty()) {
    line.refuse("part", "goes with data in parts; this folder has no folders train, val or test with classes in them");
  } else {
    if (!line.given("part"))
      line.refuse("indices", "needs --part: these data have several, and a run splits its training part");
    if (part.part == "test" || (part.part.empty() && !parts.test.empty()))
      folder = parts.test;
    else if (part.part != "train")
      folder = parts.validation;
    if (folder.empty())
      line.refuse("part", "goes with a part that there is; this folder has no " + std::string(part.part) + " part");
  }
  data::ImageOptions images = options.images;
  if (images.classes.empty() && folder != parts.train) images.classes = image_classes(options);
  images.unlabelled = unlabelled.columns > 0 && has_images(folder);
  return limited(open_image_folder(folder, images), options.limit);
}

data::Samples csv_samples(const DataOptions& options, Unlabelled unlabelled) {
  data::CsvOptions csv = options.csv;
  csv.unlabelled_columns = unlabelled.columns;
  std::error_code problem;
  if (!std::filesystem::is_regular_file(options.path, problem))  // a pipe
    return limited(data::load_csv(options.path, csv).value(), options.limit);
  const auto opened = data::open_csv(options.path, csv);
  if (!opened && opened.error().code == ErrorCode::unsupported)  // compressed
    return limited(data::load_csv(options.path, csv).value(), options.limit);
  return limited(opened.value(), options.limit);
}

data::Samples load_whole_part(const CommandLine& line, const DataOptions& options, const PartOption& part,
                              Unlabelled unlabelled) {
  const DataKind kind = kind_of(options.path);
  check_data_options(line, kind);
  const data::Labels labels = unlabelled.labels();
  switch (kind) {
    case DataKind::npz:
      return npz_part(line, options, part, labels);
    case DataKind::idx:
      return idx_part(line, options, part, labels);
    case DataKind::npy:
      return choose_part(line, open_npy_parts(options, labels), part, options.limit,
                         "this folder has x.npy and y.npy only");
    case DataKind::images:
      return image_part(line, options, part, unlabelled);
    case DataKind::raw:
      line.refuse("part", "goes with IDX, NPY or NPZ data and images; raw data has no parts");
      return limited(data::open_raw(options.path, options.access(), labels).value(), options.limit);
    default:
      line.refuse("part", "goes with IDX, NPY or NPZ data and images; a CSV file has no parts");
      return csv_samples(options, unlabelled);
  }
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

}  // namespace treadle::tool
