require_relative "test_helper"
require "parser/ruby26"
require "erb"

# The application also runs on Ruby 2.6. Here is no such Ruby, but its grammar is.
class CompatibilityTest < ActiveSupport::TestCase
  def problems(source, name)
    parser = Parser::Ruby26.new
    parser.diagnostics.all_errors_are_fatal = true
    parser.parse(Parser::Source::Buffer.new(name, source: source))
    []
  rescue Parser::SyntaxError => error
    [error.diagnostic.render]
  end

  test "everything is written in the Ruby of 2.6" do
    files = Dir.glob("{app,bin,config,db,lib}/**/*.rb", base: Rails.root) + %w[Gemfile Rakefile config.ru bin/rails bin/rake]
    assert_operator files.size, :>, 40
    assert_equal [], files.flat_map { |file| problems(Rails.root.join(file).read, file) }
  end

  test "so are the pages" do
    files = Dir.glob("app/views/**/*.erb", base: Rails.root)
    assert_operator files.size, :>, 7
    # Blocks inside <%= %> are Rails' own; its template engine tells how they are read.
    assert_equal [], files.flat_map { |file|
      problems(ActionView::Template::Handlers::ERB::Erubi.new(Rails.root.join(file).read).src, file)
    }
  end

  test "newer syntax would be seen" do
    assert_not_empty problems("def twice(n) = n * 2", "x.rb")
    assert_not_empty problems("[1].map { _1 + 1 }; h = {a:}", "x.rb")
  end
end
