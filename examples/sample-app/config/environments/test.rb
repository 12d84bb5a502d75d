Rails.application.configure do
  config.cache_classes = true
  config.action_controller.allow_forgery_protection = false
  config.eager_load = true
  config.consider_all_requests_local = false
  config.action_dispatch.show_exceptions = true
  config.action_controller.perform_caching = true
  config.cache_store = :memory_store
  config.action_mailer.delivery_method = :test
  config.action_mailer.default_url_options = { host: SampleApp::Settings.host }
  config.active_support.deprecation = :raise
  config.secret_key_base = "only for tests " * 5
end
