module SampleApp
  # The environment as the application reads it. The ten variables of the book, and those that the stack offers besides.
  module Settings
    module_function

    def host
      given("AWS_INTRO_SAMPLE_HOST") || "localhost"
    end

    def threads
      Integer(given("RAILS_MAX_THREADS") || 5)
    end

    def database_password
      given("AWS_INTRO_SAMPLE_DATABASE_PASSWORD")
    end

    def redis_address
      given("AWS_INTRO_SAMPLE_REDIS_ADDRESS")
    end

    # None: the system's own store, which knows Amazon's authorities.
    def redis_ca
      existing(given("REDIS_CA"))
    end

    def bucket
      given("AWS_INTRO_SAMPLE_S3_BUCKET")
    end

    def bucket_region
      given("AWS_INTRO_SAMPLE_S3_REGION")
    end

    # A variable that newer SDKs read by themselves.
    def bucket_endpoint
      given("AWS_ENDPOINT_URL_S3")
    end

    def mail?
      !given("AWS_INTRO_SAMPLE_SMTP_ADDRESS").nil?
    end

    def mail_from
      given("MAIL_FROM") || "noreply@#{given('AWS_INTRO_SAMPLE_SMTP_DOMAIN') || 'localhost'}"
    end

    # TLS from the first byte, and its certificate is checked against the system's authorities.
    def smtp
      {
        address: given("AWS_INTRO_SAMPLE_SMTP_ADDRESS"),
        port: Integer(given("AWS_INTRO_SAMPLE_SMTP_PORT") || 465),
        domain: given("AWS_INTRO_SAMPLE_SMTP_DOMAIN"),
        user_name: given("AWS_INTRO_SAMPLE_SMTP_USERNAME"),
        password: given("AWS_INTRO_SAMPLE_SMTP_PASSWORD"),
        authentication: :plain,
        ssl: true,
        enable_starttls_auto: false,
        open_timeout: 5,
        read_timeout: 10,
      }
    end

    # What a deployment wrote down about itself.
    def release
      path = File.expand_path("../../REVISION", __dir__)
      File.file?(path) ? File.read(path, 100).strip : nil
    end

    def given(name)
      value = ENV[name].to_s.strip
      value.empty? ? nil : value
    end

    def existing(path)
      path if path && File.readable?(path)
    end
  end
end
