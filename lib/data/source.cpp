#include <treadle/source.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <numeric>
#include <type_traits>
#include <utility>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"

namespace treadle::data {
namespace {

std::size_t bytes_of(ElementType type) noexcept { return type == ElementType::uint8 ? 1 : sizeof(float); }

SampleInfo info_of(const Dataset& data) noexcept {
  return {.shape = data.sample_shape(),
          .size = data.size(),
          .classes = data.classes(),
          .type = data.bytes().empty() ? ElementType::float32 : ElementType::uint8,
          .scaling = data.scaling()};
}

class DatasetSource final : public Source {
 public:
  explicit DatasetSource(const Dataset& data) : data_(data), info_(info_of(data)) {}

  const SampleInfo& info() const noexcept override { return info_; }

  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    const bool bytes = info_.type == ElementType::uint8;
    const auto all = bytes ? std::as_bytes(data_.bytes()) : std::as_bytes(data_.floats());
    const std::size_t each = data_.sample_elements() * bytes_of(info_.type);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      std::memcpy(samples.data() + i * each, all.data() + indices[i] * each, each);
      labels[i] = data_.labels()[indices[i]];
    }
    return {};
  }

  std::uint32_t number(std::uint32_t index) const noexcept override { return data_.number(index); }

  Result<std::vector<std::int32_t>> labels() const override {
    return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
      return std::vector<std::int32_t>(data_.labels().begin(), data_.labels().end());
    });
  }

 private:
  Dataset data_;
  SampleInfo info_;
};

/// `Indices` is a list or an IndexSet.
template <class Indices>
class Subset final : public Source {
 public:
  Subset(std::shared_ptr<const Source> source, Indices indices)
      : source_(std::move(source)), indices_(std::move(indices)), info_(source_->info()) {
    info_.size = indices_.size();
  }

  const SampleInfo& info() const noexcept override { return info_; }

  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    std::array<std::uint32_t, 64> piece{};  // translated in pieces, so that nothing is allocated
    const std::size_t each = indices.empty() ? 0 : samples.size() / indices.size();
    for (std::size_t first = 0; first < indices.size(); first += piece.size()) {
      const std::size_t count = std::min(piece.size(), indices.size() - first);
      for (std::size_t i = 0; i < count; ++i) piece[i] = indices_[indices[first + i]];
      const Result<void> got = source_->read(std::span(piece).first(count), samples.subspan(first * each, count * each),
                                             labels.subspan(first, count));
      if (!got) return got;
    }
    return {};
  }

  Result<std::vector<std::int32_t>> labels() const override {
    Result<std::vector<std::int32_t>> all = source_->labels();
    if (!all) return all;
    return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
      if constexpr (std::is_same_v<Indices, IndexSet>) {
        // An index is never before its place, so that the list serves for both.
        for (std::size_t i = 0; i < indices_.size(); ++i) (*all)[i] = (*all)[indices_[i]];
        all->resize(indices_.size());
        return std::move(*all);
      } else {
        std::vector<std::int32_t> chosen(indices_.size());
        for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = (*all)[indices_[i]];
        return chosen;
      }
    });
  }

  std::uint32_t number(std::uint32_t index) const noexcept override { return source_->number(indices_[index]); }

  std::size_t kept_bytes() const noexcept override {
    if constexpr (std::is_same_v<Indices, IndexSet>)
      return source_->kept_bytes() + indices_.bytes();
    else
      return source_->kept_bytes() + indices_.capacity() * sizeof indices_[0];
  }

 private:
  std::shared_ptr<const Source> source_;
  Indices indices_;
  SampleInfo info_;
};

class FirstSamples final : public Source {
 public:
  FirstSamples(std::shared_ptr<const Source> source, std::size_t n)
      : source_(std::move(source)), info_(source_->info()) {
    info_.size = std::min(n, info_.size);
  }

  const SampleInfo& info() const noexcept override { return info_; }
  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    return source_->read(indices, samples, labels);
  }
  Result<std::vector<std::int32_t>> labels() const override {
    Result<std::vector<std::int32_t>> all = source_->labels();
    if (all) all->resize(info_.size);
    return all;
  }
  std::uint32_t number(std::uint32_t index) const noexcept override { return source_->number(index); }

  std::size_t kept_bytes() const noexcept override { return source_->kept_bytes(); }

 private:
  std::shared_ptr<const Source> source_;
  SampleInfo info_;
};

template <class Indices>
Result<std::shared_ptr<const Source>> make_subset(std::shared_ptr<const Source> source, Indices indices) {
  return base::or_out_of_memory("subset", [&]() -> Result<std::shared_ptr<const Source>> {
    return std::shared_ptr<const Source>(std::make_shared<Subset<Indices>>(std::move(source), std::move(indices)));
  });
}

/// Reads ahead into one piece.
class InOrder final : public Stream {
 public:
  InOrder(std::shared_ptr<const Source> source, std::size_t sample_bytes)
      : source_(std::move(source)), sample_bytes_(sample_bytes) {
    constexpr std::size_t piece_bytes = 256 * 1024;
    const std::size_t count =
        std::clamp<std::size_t>(piece_bytes / sample_bytes, 1, std::max<std::size_t>(1, info().size));
    indices_.resize(count);
    samples_.resize(count * sample_bytes);
    labels_.resize(count);
  }

  const SampleInfo& info() const noexcept override { return source_->info(); }

  Result<void> rewind() override {
    position_ = begin_ = end_ = 0;
    return {};
  }

  Result<bool> next(std::span<std::byte> sample, std::int32_t& label) override {
    if (position_ == info().size) return false;
    if (position_ == end_)
      if (const Result<void> got = read_piece(); !got) return got.error();
    std::memcpy(sample.data(), samples_.data() + (position_ - begin_) * sample_bytes_, sample_bytes_);
    label = labels_[position_ - begin_];
    ++position_;
    return true;
  }

 private:
  Result<void> read_piece() {
    begin_ = end_;
    const std::size_t count = std::min(indices_.size(), info().size - begin_);
    end_ += count;
    std::iota(indices_.begin(), indices_.end(), static_cast<std::uint32_t>(begin_));
    return source_->read(std::span(indices_).first(count), std::span(samples_).first(count * sample_bytes_),
                         std::span(labels_).first(count));
  }

  std::shared_ptr<const Source> source_;
  std::size_t sample_bytes_;
  std::vector<std::uint32_t> indices_;
  std::vector<std::byte> samples_;
  std::vector<std::int32_t> labels_;
  std::size_t begin_ = 0, position_ = 0, end_ = 0;  // of the piece, in samples
};

}  // namespace

Result<std::size_t> SampleInfo::sample_bytes() const noexcept {
  const Result<std::size_t> elements = shape.elements();
  if (!elements) return elements;
  return (base::CheckedSize{*elements} * bytes_of(type)).value("a sample");
}

SampleInfo info(const Samples& samples) {
  if (const auto* data = std::get_if<Dataset>(&samples)) return info_of(*data);
  const auto of_pointer = [](const auto& pointer) { return pointer ? pointer->info() : SampleInfo{}; };
  if (const auto* source = std::get_if<std::shared_ptr<const Source>>(&samples)) return of_pointer(*source);
  return of_pointer(std::get<std::shared_ptr<Stream>>(samples));
}

std::uint32_t number(const Samples& samples, std::uint32_t index) noexcept {
  if (const auto* data = std::get_if<Dataset>(&samples)) return data->number(index);
  const auto* source = std::get_if<std::shared_ptr<const Source>>(&samples);
  return source != nullptr && *source ? (*source)->number(index) : index;
}

Result<std::shared_ptr<const Source>> as_source(const Dataset& data) {
  return base::or_out_of_memory("as_source", [&]() -> Result<std::shared_ptr<const Source>> {
    return std::shared_ptr<const Source>(std::make_shared<DatasetSource>(data));
  });
}

Result<std::shared_ptr<const Source>> subset(std::shared_ptr<const Source> source, std::vector<std::uint32_t> indices) {
  const std::size_t size = source->info().size;
  for (std::size_t i = 0; i < indices.size(); ++i)
    if (indices[i] >= size)
      return Error{ErrorCode::invalid_argument,
                   Message{"subset: index "} << indices[i] << " at " << i << " is not one of " << size << " samples"};
  return make_subset(std::move(source), std::move(indices));
}

Result<std::shared_ptr<const Source>> subset(std::shared_ptr<const Source> source, IndexSet indices) {
  const std::size_t size = source->info().size;
  if (!indices.empty() && indices[indices.size() - 1] >= size)
    return Error{ErrorCode::invalid_argument,
                 Message{"subset: index "} << indices[indices.size() - 1] << " is not one of " << size << " samples"};
  return make_subset(std::move(source), std::move(indices));
}

Result<std::shared_ptr<const Source>> first_samples(std::shared_ptr<const Source> source, std::size_t n) {
  return base::or_out_of_memory("first_samples", [&]() -> Result<std::shared_ptr<const Source>> {
    return std::shared_ptr<const Source>(std::make_shared<FirstSamples>(std::move(source), n));
  });
}

Result<Dataset> load(const Source& source) {
  const SampleInfo& info = source.info();
  const Result<std::size_t> each = info.sample_bytes();
  if (!each) return each.error();
  const Result<std::size_t> bytes = (base::CheckedSize{*each} * info.size).value("load: the samples");
  if (!bytes) return bytes.error();
  return base::or_out_of_memory("load", [&]() -> Result<Dataset> {
    std::vector<std::uint32_t> all(info.size);
    std::iota(all.begin(), all.end(), 0u);
    std::vector<std::int32_t> labels(info.size);
    const auto read_into = [&](auto features) -> Result<Dataset> {
      if (const Result<void> got = source.read(all, std::as_writable_bytes(std::span(features)), labels); !got)
        return got.error();
      if constexpr (std::is_same_v<decltype(features), std::vector<std::uint8_t>>)
        return Dataset::make(info.shape, std::move(features), std::move(labels), info.classes, info.scaling);
      else
        return Dataset::make(info.shape, std::move(features), std::move(labels), info.classes);
    };
    const Result<Dataset> data = info.type == ElementType::uint8
                                     ? read_into(std::vector<std::uint8_t>(*bytes))
                                     : read_into(std::vector<float>(*bytes / sizeof(float)));
    bool chosen = false;
    for (std::uint32_t& index : all) {
      const std::uint32_t number = source.number(index);
      chosen = chosen || number != index;
      index = number;
    }
    return data && chosen ? data->with_numbers(std::move(all)) : data;
  });
}

Result<std::shared_ptr<Stream>> read_in_order(std::shared_ptr<const Source> source) {
  const Result<std::size_t> bytes = source->info().sample_bytes();
  if (!bytes) return bytes.error();
  return base::or_out_of_memory("read_in_order", [&]() -> Result<std::shared_ptr<Stream>> {
    return std::shared_ptr<Stream>(std::make_shared<InOrder>(std::move(source), std::max<std::size_t>(1, *bytes)));
  });
}

}  // namespace treadle::data
