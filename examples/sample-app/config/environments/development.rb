Rails.application.configure do
  config.cache_classes = false
  config.eager_load = false
  config.consider_all_requests_local = true
  config.cache_store = :memory_store
  config.action_mailer.delivery_method = :file
  config.action_mailer.default_url_options = { host: "localhost:3000" }
  config.secret_key_base ||= "only for development " * 4
end
