#include "training/checkpoint_folder.hpp"

#include <sys/stat.h>

#include "base/out_of_memory.hpp"
#include "formats/descriptor.hpp"
#include "formats/text.hpp"

namespace treadle::training {
namespace {

using formats::Descriptor, formats::shown_path, formats::system_error;

constexpr std::size_t slots = 2;

bool exists(const std::string& path) noexcept {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

/// Whether the file lets itself be opened, or does not for a failing disk, which damages files; errno says why not.
bool opens(const std::string& path) noexcept { return Descriptor::open(path, O_RDONLY).valid() || errno == EIO; }

/// Whether a checkpoint with this error, of reading it once it opens or of parsing it, is damaged. What another version
/// wrote or memory has no room for is not.
bool is_damage(const Error& error) noexcept {
  return error.code == ErrorCode::bad_format || error.code == ErrorCode::io;
}

/// Makes the folder; what it is in must be there. The entry reaches the disk with the first checkpoint's.
Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) return {};
    return system_error("make the folder", path, errno);
  }
  const Descriptor parent = Descriptor::open(path + "/..", O_RDONLY | O_DIRECTORY);
  if (parent.valid()) static_cast<void>(::fsync(parent.get()));  // not every file system can
  return {};
}

}  // namespace

std::string CheckpointFolder::path(std::size_t slot) const {
  return folder_ + "/checkpoint-" + std::to_string(slot) + ".safetensors";
}

Result<CheckpointFolder> CheckpointFolder::open(const std::string& path, const formats::FileCalls& calls) {
  return base::or_out_of_memory("checkpoints", [&]() -> Result<CheckpointFolder> {
    if (path.empty() || formats::has_zero_byte(path)) return system_error("use as a folder", path, EINVAL);
    if (const Result<void> made = make_folder(path); !made) return made.error();
    Result<FolderLock> lock = FolderLock::take(path);
    if (!lock) return lock.error();
    return CheckpointFolder(path, std::move(*lock), calls);
  });
}

bool CheckpointFolder::in_use() const {
  for (std::size_t slot = 0; slot < slots; ++slot)
    if (exists(path(slot))) return true;
  return false;
}

/// An error that says what is wrong with each checkpoint, if there is any.
Result<std::optional<CheckpointFolder::Found>> CheckpointFolder::none_whole(
    std::span<const std::optional<Error>> damaged) const {
  Message message = Message{"no checkpoint in "} << shown_path(folder_)
                                                 << " is whole; to begin anew, move the folder away";
  bool any = false;
  for (std::size_t slot = 0; slot < damaged.size(); ++slot) {
    if (!damaged[slot]) continue;
    message << (any ? "; " : ". ") << "checkpoint-" << slot << ": " << damaged[slot]->text();
    any = true;
  }
  return any ? Result<std::optional<Found>>{Error{ErrorCode::bad_format, message}} : std::optional<Found>{};
}

Result<std::optional<CheckpointFolder::Found>> CheckpointFolder::newest(const CheckpointLayout& layout,
                                                                        const Fingerprint& fingerprint) {
  return base::or_out_of_memory("checkpoints", [&]() -> Result<std::optional<Found>> {
    std::optional<Found> found;
    std::array<std::optional<Error>, slots> damaged;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (!exists(path(slot))) continue;
      if (!opens(path(slot))) return system_error("read", path(slot), errno);
      const Result<std::vector<std::uint8_t>> file = formats::read_file(path(slot));
      const Result<Checkpoint> checkpoint = file ? parse_checkpoint(*file) : Result<Checkpoint>{file.error()};
      if (!checkpoint && !is_damage(checkpoint.error()))
        return file ? formats::in_file(path(slot), checkpoint.error()) : checkpoint.error();
      if (!checkpoint) {
        damaged[slot] = checkpoint.error();
        continue;
      }
      if (found && checkpoint->generation < generation_) continue;
      if (const Result<void> same = check_same(fingerprint, checkpoint->fingerprint); !same)
        return formats::in_file(path(slot), same.error());
      Result<Snapshot> snapshot = layout.read(*checkpoint);
      if (!snapshot) return formats::in_file(path(slot), snapshot.error());
      found = Found{path(slot), std::move(*snapshot), {}};
      generation_ = checkpoint->generation;
      next_ = 1 - slot;
    }
    if (!found) return none_whole(damaged);
    if (const std::optional<Error>& other = damaged[next_]) found->damaged = formats::in_file(path(next_), *other);
    return found;
  });
}

Result<void> CheckpointFolder::write(const CheckpointLayout& layout, const Snapshot& snapshot,
                                     const Fingerprint& fingerprint) {
  return base::or_out_of_memory("checkpoint", [&]() -> Result<void> {
    Result<formats::FileReplacement> file = formats::FileReplacement::begin(path(next_), {}, calls_);
    if (!file) return file.error();
    if (const Result<void> written = layout.write(snapshot, fingerprint, generation_ + 1, *file); !written)
      return written;
    if (const Result<void> finished = file->finish(); !finished) return finished;
    ++generation_;
    next_ = 1 - next_;
    return {};
  });
}

}  // namespace treadle::training
