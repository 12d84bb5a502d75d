class ApplicationController < ActionController::Base
  protect_from_forgery with: :exception

  before_action :choose_locale

  helper_method :current_user

  rescue_from ActiveRecord::RecordNotFound, with: :not_found

  private

  def current_user
    return @current_user if defined?(@current_user)

    @current_user = session[:user_id] && User.find_by(id: session[:user_id])
  end

  def need_user
    redirect_to log_in_path, alert: t("flash.log_in_first") unless current_user
  end

  # What was chosen, else what the browser prefers.
  def choose_locale
    known = I18n.available_locales.map(&:to_s)
    wanted = [session[:locale], *request.headers["Accept-Language"].to_s.scan(/[a-z]{2,3}(?=[-,;]|\z)/)]
    I18n.locale = wanted.find { |locale| known.include?(locale) } || I18n.default_locale
  end

  # Whether one client may do something that costs once more. Without a cache nobody is counted.
  def within_limit?(what, limit, seconds)
    count = Rails.cache.increment("limit/#{what}/#{request.remote_ip}", 1, expires_in: seconds)
    count.nil? || count <= limit
  end

  def not_found
    render file: Rails.root.join("public", "404.html").to_s, layout: false, status: :not_found
  end
end
