Rails.application.config.session_store :cookie_store, key: "_sample_app", same_site: :lax, expire_after: 14 * 24 * 3600
