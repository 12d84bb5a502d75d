require_relative "test_helper"

class PictureTest < ActiveSupport::TestCase
  def size_of(body)
    MiniMagick::Image.read(body).dimensions
  end

  test "a large picture becomes smaller, its shape kept" do
    assert_equal [800, 400], size_of(SampleApp::Picture.from(picture).body)
  end

  test "a small picture keeps its size" do
    assert_equal [40, 20], size_of(SampleApp::Picture.from(picture("png", 40, 20)).body)
  end

  test "a JPEG stays one" do
    assert_equal ["image/jpeg", "jpg"], [SampleApp::Picture.from(picture("jpeg")).type, SampleApp::Picture.from(picture("jpeg")).suffix]
  end

  test "a GIF becomes a picture that does not move" do
    assert_equal "image/png", SampleApp::Picture.from(picture("gif")).type
  end

  test "what else was in the file is left behind" do
    assert_includes picture.read, "taken at home"
    assert_not_includes SampleApp::Picture.from(picture).body, "taken at home"
  end

  {
    "text" => "push graphic-context\nimage over 0,0 0,0 '/etc/passwd'\npop graphic-context",
    "an SVG" => "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "the head of a PNG and nothing else" => "\x89PNG\r\n\x1A\n".b,
    "nothing" => "",
  }.each do |what, bytes|
    test "#{what} is no picture" do
      error = assert_raises(SampleApp::Picture::Refused) { SampleApp::Picture.from(StringIO.new(bytes)) }
      assert_equal "no_picture", error.message
    end
  end

  test "a picture may have 5 MB" do
    big = StringIO.new("\x89PNG\r\n\x1A\n".b + "x" * 5.megabytes)
    assert_equal "too_big", assert_raises(SampleApp::Picture::Refused) { SampleApp::Picture.from(big) }.message
  end
end
