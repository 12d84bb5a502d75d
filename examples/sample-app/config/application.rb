require_relative "boot"

require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "action_mailer/railtie"
require "rails/test_unit/railtie"

# Sprockets or Propshaft among them, whose names in a page are the same.
Bundler.require(*Rails.groups)

require_relative "../lib/sample_app/settings"
require_relative "../lib/sample_app/redis_connection"
require_relative "../lib/sample_app/redis_store"
require_relative "../lib/sample_app/patience"
require_relative "../lib/sample_app/uploads"
require_relative "../lib/sample_app/picture"
require_relative "../lib/sample_app/tiers"

module SampleApp
  class Application < Rails::Application
    config.load_defaults Rails::VERSION::STRING[/\A\d+\.\d+/].to_f
    config.autoloader = :zeitwerk if config.respond_to?(:autoloader=)

    # Rails 5.1 does not look into the environment for it.
    config.secret_key_base = ENV["SECRET_KEY_BASE"]

    config.i18n.available_locales = [:en, :ko]
    config.i18n.default_locale = :en
    config.i18n.fallbacks = [:en]

    # Neither compressor: they would want a JavaScript runtime or a CSS compiler, and there is little to gain.
    config.assets.css_compressor = nil
    config.assets.js_compressor = nil

    # Nothing on a page comes from elsewhere, and there are no scripts.
    config.action_dispatch.default_headers = {
      "Content-Security-Policy" => "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; " \
                                   "base-uri 'none'; frame-ancestors 'none'",
      "Permissions-Policy" => "camera=(), geolocation=(), microphone=()",
      "Referrer-Policy" => "same-origin",
      "X-Content-Type-Options" => "nosniff",
      "X-Frame-Options" => "DENY",
    }

    # The load balancer redirects to HTTPS where there is a certificate; without one the site is HTTP only. So: never
    # redirect here, but on HTTPS send HSTS and mark the cookies secure.
    config.middleware.insert_before 0, ActionDispatch::SSL,
                                    redirect: { exclude: ->(request) { !request.ssl? } },
                                    hsts: { expires: 31_536_000, subdomains: false, preload: false }

    config.middleware.use SampleApp::Patience

    config.active_record.schema_format = :ruby
    config.filter_parameters += [:password, :token, :email]
  end
end
