# frozen_string_literal: true

# Makes gems of this system's packages: repack.rb DIRECTORY.
#
# Every gem that a package of Debian brings becomes a .gem again, its extensions compiled as they are, like those that RubyGems has
# for a platform. They are linked against Debian's libruby, which a Ruby that was compiled has under a name of its own.

require "fileutils"
require "rubygems/package"
require "tmpdir"

API = RbConfig::CONFIG["ruby_version"]
MULTIARCH = `dpkg-architecture --query DEB_HOST_MULTIARCH`.chomp
# Where packages keep libraries that are in no gem's directory.
LIBRARIES = ["/usr/lib/ruby/vendor_ruby/", "/usr/lib/#{MULTIARCH}/ruby/vendor_ruby/#{API}/"].freeze
RENAMED = [RbConfig::CONFIG["LIBRUBY_SONAME"], "libruby.so.#{API[/\A\d+\.\d+/]}"].freeze
# What is left of compiling.
TRACES = %r{(?:\A|/)(?:gem\.build_complete|gem_make\.out|mkmf\.log)\z}

# All of these give files as their path in the gem => path here.
def in_libraries(spec)
  package = `dpkg-query --search #{spec.loaded_from}`[/\A[^:]+/]
  files = package ? `dpkg-query --listfiles #{package}`.split("\n").select { |path| File.file?(path) } : []
  files.each_with_object({}) do |path, found|
    root = LIBRARIES.find { |one| path.start_with?(one) }
    found["lib/#{path.delete_prefix(root)}"] = path if root
  end
end

def below(root, prefix = "")
  Dir.glob("**/*", File::FNM_DOTMATCH, base: root).to_h { |path| [prefix + path, File.join(root, path)] }
     .select { |_inner, path| File.file?(path) }
end

def files_of(spec)
  found = in_libraries(spec).merge(below(spec.full_gem_path), below(spec.extension_dir, "lib/"))
  found.reject { |inner, _path| inner.match?(TRACES) }
end

# What it depends on stays as it was.
def described(spec, files)
  spec.dup.tap do |one|
    one.platform = Gem::Platform::RUBY
    one.extensions = []
    # Most have lib, and one a directory in it; that is where extensions are put.
    one.require_paths = spec.raw_require_paths | ["lib"]
    one.files = files.sort
    one.test_files = one.extra_rdoc_files = []
    one.executables = one.executables.select { |name| files.include?("#{one.bindir}/#{name}") }
  end
end

def copy(path, to)
  FileUtils.mkdir_p(File.dirname(to))
  FileUtils.cp(File.realpath(path), to)
  system("patchelf", "--replace-needed", *RENAMED, to, exception: true) if to.end_with?(".so")
end

target = File.expand_path(ARGV.fetch(0))
FileUtils.mkdir_p(target)
Gem::Specification.reject(&:default_gem?).each do |spec|
  files = files_of(spec)
  Dir.mktmpdir do |work|
    files.each { |inner, path| copy(path, File.join(work, inner)) }
    Dir.chdir(work) do
      packed = Gem::DefaultUserInteraction.use_ui(Gem::SilentUI.new) { Gem::Package.build(described(spec, files.keys), true) }
      FileUtils.mv(packed, target)
    end
  end
end
