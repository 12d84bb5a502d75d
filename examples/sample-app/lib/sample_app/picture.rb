require "tempfile"

module SampleApp
  # An uploaded picture, made harmless: its type is told by its first bytes, it is drawn anew in a bounded size, and
  # what else was in the file (place, camera, comments) is left behind.
  class Picture
    class Refused < StandardError; end

    MOST_BYTES = 5 * 1024 * 1024
    SIDE = 800
    KINDS = {
      "png" => ["89504e470d0a1a0a"].pack("H*"),
      "jpeg" => ["ffd8ff"].pack("H*"),
      "gif" => "GIF8".b,
    }.freeze

    attr_reader :type, :body

    def initialize(body, kind)
      @body = body
      @type = "image/#{kind}"
    end

    def suffix
      type == "image/png" ? "png" : "jpg"
    end

    # Raises Refused, with the key of a sentence, when it is no picture that can be taken.
    def self.from(file)
      raise Refused, "too_big" if file.size > MOST_BYTES

      bytes = file.read
      kind = KINDS.keys.find { |name| bytes.start_with?(KINDS[name]) }
      raise Refused, "no_picture" unless kind

      drawn(bytes, kind)
    end

    def self.drawn(bytes, kind)
      target = kind == "jpeg" ? "jpeg" : "png"
      Tempfile.create("picture", binmode: true) do |input|
        input.write(bytes)
        input.close
        Tempfile.create("picture", binmode: true) do |output|
          output.close
          # The format is said, so that ImageMagick does not guess one that can do more than draw.
          MiniMagick::Tool::Convert.new do |convert|
            convert.limit("memory", "128MiB").limit("disk", "0").limit("width", "12KP").limit("height", "12KP")
            convert << "#{kind}:#{input.path}[0]"
            convert.auto_orient.resize("#{SIDE}x#{SIDE}>").strip
            convert << "#{target}:#{output.path}"
          end
          new(File.binread(output.path), target)
        end
      end
    rescue MiniMagick::Error
      raise Refused, "no_picture"
    end
    private_class_method :drawn
  end
end
