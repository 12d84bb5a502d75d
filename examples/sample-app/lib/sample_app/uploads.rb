require "fileutils"

module SampleApp
  # Where pictures are kept: the bucket, or a directory where there is none (development, tests).
  module Uploads
    def self.store
      @store ||= Settings.bucket ? Bucket.new : Directory.new(Rails.root.join("tmp", "uploads").to_s)
    end

    # Credentials are the instance role's, asked for with a token (IMDSv2). No ACL is sent: the bucket's owner owns all.
    class Bucket
      def put(key, body, type)
        client.put_object(bucket: Settings.bucket, key: key, body: body, content_type: type)
      end

      def get(key)
        client.get_object(bucket: Settings.bucket, key: key).body.read
      rescue Aws::S3::Errors::NoSuchKey
        nil
      end

      def delete(key)
        client.delete_object(bucket: Settings.bucket, key: key)
      end

      private

      def client
        @client ||= begin
          options = { region: Settings.bucket_region, retry_limit: 1, http_open_timeout: 3, http_read_timeout: 10 }
          endpoint = Settings.bucket_endpoint
          options.merge!(endpoint: endpoint, force_path_style: true) if endpoint
          Aws::S3::Client.new(options)
        end
      end
    end

    class Directory
      def initialize(root)
        @root = root
      end

      def put(key, body, _type)
        FileUtils.mkdir_p(File.dirname(path(key)))
        File.binwrite(path(key), body)
      end

      def get(key)
        File.file?(path(key)) ? File.binread(path(key)) : nil
      end

      def delete(key)
        FileUtils.rm_f(path(key))
      end

      private

      def path(key)
        File.join(@root, key)
      end
    end
  end
end
