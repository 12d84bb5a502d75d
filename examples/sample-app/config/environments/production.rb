Rails.application.configure do
  settings = SampleApp::Settings

  config.cache_classes = true
  config.eager_load = true
  config.consider_all_requests_local = false

  config.action_controller.perform_caching = true
  config.cache_store = SampleApp::RedisStore.new(
    SampleApp::RedisConnection.new(settings.redis_address, ca_file: settings.redis_ca),
    namespace: "sample_app/rails-#{Rails::VERSION::STRING}", expires_in: 3600
  )

  # nginx serves what is in public/.
  config.public_file_server.enabled = ENV["RAILS_SERVE_STATIC_FILES"] == "true"
  config.assets.compile = false

  config.log_level = :info
  config.log_tags = [:request_id]
  if ENV["RAILS_LOG_TO_STDOUT"] == "true"
    STDOUT.sync = true
    config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new(STDOUT))
  end

  config.active_support.deprecation = :notify
  config.active_record.dump_schema_after_migration = false

  config.action_mailer.perform_caching = false
  config.action_mailer.raise_delivery_errors = true
  config.action_mailer.delivery_method = :smtp
  config.action_mailer.smtp_settings = settings.smtp
  config.action_mailer.default_url_options = { host: settings.host }
end
