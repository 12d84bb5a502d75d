# frozen_string_literal: true

# Prints what of BUNDLE_PATH the bundle of the release in this directory consists of: paths from there, a zero byte after each.
# Other releases have gems there too, and what was downloaded is kept for none.
require "bundler"
require "pathname"

shared = Pathname(ENV.fetch("BUNDLE_PATH")).realpath
gems = Bundler.bundle_path.realpath
checkouts = gems + "bundler/gems"

parts = Bundler.definition.specs.to_a.flat_map { |spec| [spec.full_gem_path, spec.extension_dir, spec.loaded_from] }
# Commands of gems, and the Bundler that the lock file asks for, which Bundler installs beside them.
parts += Dir[gems + "bin/*"] + Dir[gems + "gems/bundler-*"] + Dir[gems + "specifications/bundler-*.gemspec"]

found = parts.compact.map { |part| Pathname(part) }.select(&:exist?).map(&:realpath).map do |path|
  # A gem of a git repository may be a directory in it, and its gemspec may ask git for its files.
  inside = path.relative_path_from(checkouts).each_filename.to_a
  inside.first == ".." || inside.first == "extensions" ? path : checkouts + inside.first
end
# Gems of Ruby itself, and of directories of the application, are elsewhere.
paths = found.map { |path| path.relative_path_from(shared).to_s }.reject { |path| path.start_with?("..") }
print paths.uniq.sort.map { |path| "#{path}\0" }.join
