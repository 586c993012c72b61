#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

/// Trees that strangers made: any depth, any number of names, paths longer than the kernel takes. What is here holds at
/// most so many descriptors as a constant says, follows no link and crosses no mount. The standard library's
/// `remove_all` and `recursive_directory_iterator` hold one descriptor per level, and fail where those end. Everything
/// blocks; nothing else may write in the tree meanwhile.
namespace builds {

/// Removes a file, or a folder with all that is in it; nothing is there afterwards. Throws `base::Failure`.
/// Folders at the 16th level are moved up before they are emptied, so a removal that was cut off leaves another tree.
void blocking_remove_tree(const std::filesystem::path& path);
/// The same for the member `name` of an open folder.
void blocking_remove_tree_at(int folder, const std::string& name);
/// The same for what nobody waits for: what cannot be removed is logged and stays. Never throws.
void blocking_discard_tree(const std::filesystem::path& path) noexcept;

/// A member of a tree, as `lstat` sees it. Valid during the call.
struct TreeEntry {
  int folder{-1};  ///< where it is, open
  const char* name{nullptr};
  const struct stat& info;
  std::size_t level{0};  ///< folders between it and the tree's root
};

enum class WalkEnd {
  whole,     ///< everything was visited
  stopped,   ///< `visit` said so
  too_much,  ///< the folders still to be visited have names of more than 64 MiB
};

/// Calls `visit` with every member until it answers false; a folder before what is in it. Throws `base::Failure`, also
/// when the tree changes so that there is no way back.
WalkEnd blocking_walk_tree(const std::filesystem::path& root, const std::function<bool(const TreeEntry&)>& visit);

}  // namespace builds
