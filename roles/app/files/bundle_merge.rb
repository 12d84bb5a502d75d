# frozen_string_literal: true

# Moves what is below this directory to BUNDLE_PATH, file by file: the release that runs may load any of them meanwhile, and finds
# the old one or the new one, whole.
require "find"

shared = ENV.fetch("BUNDLE_PATH")
Find.find(".") do |path|
  to = File.join(shared, path)
  if File.directory?(path) && !File.symlink?(path)
    Dir.mkdir(to) unless Dir.exist?(to)
  else
    File.rename(path, to)
  end
end
