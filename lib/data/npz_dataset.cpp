#include "data/npz_dataset.hpp"

#include <algorithm>
#include <cmath>

#include "base/out_of_memory.hpp"
#include "data/array_pair.hpp"
#include "data/csv_dataset.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"
#include "formats/zip.hpp"

namespace treadle::data {
namespace {

using formats::Bytes, formats::NpyArray;

Result<std::vector<std::int32_t>> read_labels(const NpyArray& array) {
  const std::size_t step = element_bytes(array.type), count = array.elements.size() / step;
  std::vector<std::int32_t> labels(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* from = array.elements.data() + i * step;
    const std::int64_t label = step == 1   ? *from
                               : step == 4 ? formats::load_little_endian<std::int32_t>(from)
                                           : formats::load_little_endian<std::int64_t>(from);
    if (label < 0 || label >= static_cast<std::int64_t>(max_classes))
      return Error{ErrorCode::bad_format, Message{"labels: label "} << label << " of sample " << i
                                                                    << " is not a class number in 0 ... 999999"};
    labels[i] = static_cast<std::int32_t>(label);
  }
  return labels;
}

/// T: float or double, `each` of them a sample.
template <class T>
Result<std::vector<float>> read_floats(const NpyArray& array, std::size_t each) {
  std::vector<float> values(array.elements.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(formats::load_little_endian<T>(array.elements.data() + i * sizeof(T)));
    if (!std::isfinite(values[i]))
      return Error{ErrorCode::bad_format, Message{"features: sample "} << i / each << ", value " << i % each
                                                                       << " is not a finite number of float32's range"};
  }
  return values;
}

/// Without `labels` each is 0.
Result<Dataset> make(const NpyArray& features, const NpyArray* labels) {
  const Result<StoredValue> type = value_type(features.type);
  if (!type) return type.error();
  Shape label_shape = features.shape.rank() > 0 ? Shape{features.shape[0]} : Shape{};
  if (labels != nullptr) {
    if (const Result<StoredLabel> label = label_type(labels->type); !label) return label.error();
    label_shape = labels->shape;
  }
  const Result<SampleInfo> info = pair_info(*type, features.shape, label_shape);
  if (!info) return info.error();
  Result<std::vector<std::int32_t>> numbers =
      labels != nullptr ? read_labels(*labels) : std::vector<std::int32_t>(info->size);
  if (!numbers) return numbers.error();
  const std::size_t classes = static_cast<std::size_t>(*std::max_element(numbers->begin(), numbers->end())) + 1;
  if (*type == StoredValue::uint8)
    return Dataset::make(info->shape, std::vector<std::uint8_t>(features.elements.begin(), features.elements.end()),
                         std::move(*numbers), classes);
  const std::size_t each = *info->shape.elements();
  Result<std::vector<float>> values =
      *type == StoredValue::float32 ? read_floats<float>(features, each) : read_floats<double>(features, each);
  if (!values) return values.error();
  return Dataset::make(info->shape, std::move(*values), std::move(*numbers), classes);
}

/// An array of an archive and the bytes that it lies in.
struct Member {
  std::vector<std::uint8_t> bytes;
  NpyArray array;
};

class Archive {
 public:
  Archive(Bytes file, std::vector<formats::ZipMember> members, Labels labels)
      : file_(file), members_(std::move(members)), labels_(labels) {}

  bool has(std::string_view array) const { return find(array) != members_.end(); }

  Result<Member> read(std::string_view array) const {
    const auto member = find(array);
    if (member == members_.end())
      return Error{ErrorCode::not_found, Message{"no array "} << formats::shown_text(array)};
    Result<std::vector<std::uint8_t>> bytes = formats::extract(file_, *member);
    if (!bytes) return bytes.error();
    // The elements keep their place when the vector moves.
    const Result<NpyArray> parsed = formats::parse_npy(*bytes);
    if (!parsed)
      return Error{parsed.error().code,
                   Message{"array "} << formats::shown_text(array) << ": " << parsed.error().message};
    return Member{std::move(*bytes), *parsed};
  }

  Result<Dataset> dataset(std::string_view features, std::string_view labels) const {
    const Result<Member> x = read(features);
    if (!x) return x.error();
    if (labels_ == Labels::ignored) {
      const Result<Dataset> made = make(x->array, nullptr);
      if (made) return made;
      return Error{made.error().code, Message{"array "} << features << ": " << made.error().message};
    }
    const Result<Member> y = read(labels);
    if (!y) return y.error();
    const Result<Dataset> made = make(x->array, &y->array);
    if (made) return made;
    return Error{made.error().code,
                 Message{"arrays "} << features << " and " << labels << ": " << made.error().message};
  }

  /// The names of its arrays, for a message.
  Message names() const {
    Message names;
    for (std::size_t i = 0; i < members_.size() && i < 8; ++i) {
      std::string_view name = members_[i].name;
      if (name.ends_with(".npy")) name.remove_suffix(4);
      names << (i == 0 ? "" : ", ") << formats::shown_text(name, 16);
    }
    return members_.empty() ? Message{"none"} : names << (members_.size() > 8 ? ", ..." : "");
  }

 private:
  std::vector<formats::ZipMember>::const_iterator find(std::string_view array) const {
    return std::find_if(members_.begin(), members_.end(), [&](const formats::ZipMember& member) {
      return member.name.size() == array.size() + 4 && member.name.starts_with(array) && member.name.ends_with(".npy");
    });
  }

  Bytes file_;
  std::vector<formats::ZipMember> members_;
  Labels labels_;
};

Result<TrainTest> parse(Bytes file, Labels labels) {
  Result<std::vector<formats::ZipMember>> members = formats::read_zip_directory(file);
  if (!members) return members.error();
  const Archive archive{file, std::move(*members), labels};
  const bool parts = archive.has("x_train");
  if (!parts && !archive.has("x"))
    return Error{ErrorCode::not_found,
                 Message{"expected arrays x and y, or x_train, y_train, x_test and y_test, got "} << archive.names()};
  const Result<Dataset> train = parts ? archive.dataset("x_train", "y_train") : archive.dataset("x", "y");
  if (!train) return train.error();
  if (!parts || !archive.has("x_test")) return TrainTest{*train, {}};
  const Result<Dataset> test = archive.dataset("x_test", "y_test");
  if (!test) return test.error();
  if (train->sample_shape() != test->sample_shape())
    return Error{ErrorCode::shape_mismatch,
                 Message{"samples of x_train are "} << train->sample_shape() << ", of x_test " << test->sample_shape()};
  const std::size_t classes = std::max(train->classes(), test->classes());
  return TrainTest{train->with_classes(classes), test->with_classes(classes)};
}

Result<NpyArray> read_npy(const std::string& path, std::vector<std::uint8_t>& file) {
  Result<std::vector<std::uint8_t>> bytes = formats::read_file(path);
  if (!bytes) return bytes.error();
  file = std::move(*bytes);
  const Result<NpyArray> array = formats::parse_npy(file);
  if (!array) return formats::in_file(path, array.error());
  return array;
}

}  // namespace

Result<Dataset> from_arrays(const NpyArray& features, const NpyArray& labels) {
  return base::or_out_of_memory("NPY", [&] { return make(features, &labels); });
}

Result<TrainTest> parse_npz(Bytes file, Labels labels) {
  return base::or_out_of_memory("NPZ", [&] { return parse(file, labels); });
}

Result<Dataset> load_npy(const std::string& features, const std::string& labels) {
  std::vector<std::uint8_t> feature_file, label_file;
  const Result<NpyArray> x = read_npy(features, feature_file), y = read_npy(labels, label_file);
  if (!x) return x.error();
  if (!y) return y.error();
  const Result<Dataset> dataset = from_arrays(*x, *y);
  if (!dataset) return formats::in_file(features, dataset.error());
  return dataset;
}

Result<TrainTest> load_npz(const std::string& path, Labels labels) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  const Result<TrainTest> data = parse_npz(*file, labels);
  if (!data) return formats::in_file(path, data.error());
  return data;
}

}  // namespace treadle::data
