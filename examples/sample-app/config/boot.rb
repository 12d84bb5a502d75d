ENV["BUNDLE_GEMFILE"] ||= File.expand_path("../Gemfile", __dir__)

require "bundler/setup"
# Rails before 7.1 uses it without loading it.
require "logger"
require "bootsnap/setup"
